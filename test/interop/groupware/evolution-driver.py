"""Drives evolution-data-server, the part of Evolution and GNOME that keeps calendars and address books.

A line of JSON on standard input is a call, {"call": NAME, "arguments": {...}}; a line on standard output is its answer,
{"value": ...} or {"error": "..."}. Started by evolution.ts on a message bus of its own, and ends with its input.
"""

import json
import sys
import threading

import gi

for library, version in (("EDataServer", "1.2"), ("EBook", "1.2"), ("EBookContacts", "1.2"), ("ECal", "2.0")):
    gi.require_version(library, version)
from gi.repository import EBook, EBookContacts, ECal, EDataServer, GLib, ICalGLib

CONNECT_SECONDS = 15
EVERYTHING = {"contacts": '(contains "x-evolution-any-field" "")', "events": "#t", "tasks": "#t"}
EXTENSIONS = {"contacts": "Address Book", "events": "Calendar", "tasks": "Task List"}
COMPONENTS = {"events": ECal.ClientSourceType.EVENTS, "tasks": ECal.ClientSourceType.TASKS}


class Accounts:
    """The accounts, and what stands in for the person who is asked for a password."""

    def __init__(self):
        self.registry = EDataServer.SourceRegistry.new_sync(None)
        self.logins = {}
        self.refusals = []
        self.registry.connect("credentials-required", self.answer)

    def add(self, url, user, secret):
        """A "Collection Account": Evolution finds the calendars and address books by itself."""
        source = EDataServer.Source.new(None, None)
        source.set_display_name(user)
        collection = source.get_extension("Collection")
        collection.set_backend_name("webdav")
        collection.set_identity(user)
        collection.set_calendar_url(url)
        collection.set_contacts_url(url)
        parts = GLib.Uri.parse(url, GLib.UriFlags.NONE)
        authentication = source.get_extension("Authentication")
        authentication.set_user(user)
        authentication.set_host(parts.get_host())
        authentication.set_port(parts.get_port())
        source.get_extension("Security").set_secure(parts.get_scheme() == "https")
        self.logins[source.get_uid()] = (user, secret)
        self.registry.commit_source_sync(source, None)
        return source.get_uid()

    def answer(self, _registry, source, reason, _certificate, _errors, error):
        """Enters the password where it is asked for; one that was refused is not offered again."""
        account = source.get_uid() if source.get_uid() in self.logins else source.get_parent()
        if account not in self.logins:
            return
        if reason == EDataServer.SourceCredentialsReason.REQUIRED:
            self.enter(source, account)
        elif reason == EDataServer.SourceCredentialsReason.REJECTED:
            self.refusals.append({"account": account, "source": source, "message": error.message if error else ""})

    def enter(self, source, account):
        user, secret = self.logins[account]
        credentials = EDataServer.NamedParameters.new()
        credentials.set("username", user)
        credentials.set("password", secret)
        source.invoke_authenticate(credentials, None, lambda asked, result: asked.invoke_authenticate_finish(result))

    def change_password(self, account, secret):
        """What a person enters who is told that the password was refused."""
        self.logins[account] = (self.logins[account][0], secret)
        for refusal in self.refusals:
            if refusal["account"] == account:
                self.enter(refusal["source"], account)
        self.refusals = [refusal for refusal in self.refusals if refusal["account"] != account]

    def collections(self, account):
        children = [each for each in self.registry.list_sources(None) if each.get_parent() == account]
        return [
            {
                "id": each.get_uid(),
                "name": each.get_display_name(),
                "path": each.get_extension("WebDAV Backend").get_resource_path(),
                "store": store,
            }
            for each in children
            for store, extension in EXTENSIONS.items()
            if each.has_extension(extension)
        ]


class Book:
    """An address book; an object is a vCard."""

    def __init__(self, source):
        self.client = EBook.BookClient.connect_sync(source, CONNECT_SECONDS, None)

    def texts(self):
        _, contacts = self.client.get_contacts_sync(EVERYTHING["contacts"], None)
        return [contact.to_string(EBookContacts.VCardFormat(1)) for contact in contacts]

    def add(self, text):
        self.client.add_contact_sync(EBookContacts.Contact.new_from_vcard(text), self.flags("give up"), None)

    def edit(self, uid, before, after, conflict):
        _, contact = self.client.get_contact_sync(uid, None)
        text = replaced(contact.to_string(EBookContacts.VCardFormat(1)), before, after)
        self.client.modify_contact_sync(EBookContacts.Contact.new_from_vcard(text), self.flags(conflict), None)

    def remove(self, uid):
        self.client.remove_contact_by_uid_sync(uid, self.flags("give up"), None)

    @staticmethod
    def flags(conflict):
        flags = EBookContacts.BookOperationFlags
        return flags.CONFLICT_FAIL if conflict == "give up" else flags.NONE


class Calendar:
    """A calendar or a task list; an object is a VEVENT or a VTODO."""

    def __init__(self, source, store):
        self.client = ECal.Client.connect_sync(source, COMPONENTS[store], CONNECT_SECONDS, None)

    def texts(self):
        _, components = self.client.get_object_list_sync(EVERYTHING["events"], None)
        return [component.as_ical_string() for component in components]

    def add(self, text):
        """Takes a whole iCalendar object, with the time zones that it needs."""
        whole = ICalGLib.Component.new_from_string(text)
        for zone in inside(whole, ICalGLib.ComponentKind.VTIMEZONE_COMPONENT):
            timezone = ICalGLib.Timezone.new()
            timezone.set_component(zone)
            self.client.add_timezone_sync(timezone, None)
        for kind in (ICalGLib.ComponentKind.VEVENT_COMPONENT, ICalGLib.ComponentKind.VTODO_COMPONENT):
            for component in inside(whole, kind):
                self.client.create_object_sync(component, self.flags("give up"), None)

    def edit(self, uid, before, after, conflict):
        """Changes all of a series."""
        _, component = self.client.get_object_sync(uid, None, None)
        changed = ICalGLib.Component.new_from_string(replaced(component.as_ical_string(), before, after))
        self.client.modify_object_sync(changed, ECal.ObjModType.ALL, self.flags(conflict), None)

    def edit_one(self, uid, start, title):
        """Gives the occurrence that starts at this time, in UTC, another title."""
        _, series = self.client.get_object_sync(uid, None, None)
        one = series.clone()
        one.remove_property(one.get_first_property(ICalGLib.PropertyKind.RRULE_PROPERTY))
        one.set_recurrenceid(ICalGLib.Time.new_from_string(start))
        one.set_dtstart(ICalGLib.Time.new_from_string(start))
        one.set_summary(title)
        self.client.modify_object_sync(one, ECal.ObjModType.THIS, self.flags("give up"), None)

    def remove(self, uid):
        self.client.remove_object_sync(uid, None, ECal.ObjModType.ALL, self.flags("give up"), None)

    @staticmethod
    def flags(conflict):
        flags = ECal.OperationFlags
        return flags.CONFLICT_FAIL if conflict == "give up" else flags.NONE


class Driver:
    def __init__(self):
        self.accounts = Accounts()
        self.opened = {}

    def call(self, call, arguments):
        return getattr(self, f"do_{call}")(**arguments)

    def do_account(self, url, user, secret):
        return self.accounts.add(url, user, secret)

    def do_changePassword(self, account, secret):
        self.accounts.change_password(account, secret)

    def do_collections(self, account):
        return self.accounts.collections(account)

    def do_refusals(self, account):
        return [each["message"] for each in self.accounts.refusals if each["account"] == account]

    def do_readOnly(self, id, store):
        return self.open(id, store).client.is_readonly()

    def do_refresh(self, id, store):
        self.open(id, store).client.refresh_sync(None)

    def do_texts(self, id, store):
        return self.open(id, store).texts()

    def do_add(self, id, store, text):
        self.open(id, store).add(text)

    def do_edit(self, id, store, uid, before, after, conflict="give up"):
        self.open(id, store).edit(uid, before, after, conflict)

    def do_editOne(self, id, store, uid, start, title):
        self.open(id, store).edit_one(uid, start, title)

    def do_remove(self, id, store, uid):
        self.open(id, store).remove(uid)

    def open(self, uid, store):
        if uid not in self.opened:
            source = self.accounts.registry.ref_source(uid)
            self.opened[uid] = Book(source) if store == "contacts" else Calendar(source, store)
        return self.opened[uid]


def inside(whole, kind):
    found = whole.get_first_component(kind)
    while found is not None:
        yield found.clone()
        found = whole.get_next_component(kind)


def replaced(text, before, after):
    if before not in text:
        raise ValueError(f"no {before!r} in what Evolution has:\n{text}")
    return text.replace(before, after)


def serve(loop, driver):
    """Answers the calls one after another, beside the main loop, in which Evolution asks for passwords."""
    for line in sys.stdin:
        try:
            answer = {"value": driver.call(**json.loads(line))}
        except Exception as error:  # The other side decides what a failure means.
            answer = {"error": getattr(error, "message", None) or f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    loop.quit()


def main():
    loop = GLib.MainLoop()
    threading.Thread(target=serve, args=(loop, Driver()), daemon=True).start()
    loop.run()


if __name__ == "__main__":
    main()
