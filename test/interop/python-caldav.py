"""Checks of a server with the caldav library for Python (python3-caldav of Debian 12, version 0.11).

    python-caldav.py BASE_URL USER

The app password stands in LATCHKEY_LAB_SECRET. Each check makes calendars of its own, runs for a minute at most, and
is one line of JSON with name, state and detail. Started by python-caldav.ts.
"""

import json
import logging
import os
import signal
import sys
import traceback
import uuid
from datetime import datetime, timedelta, timezone
from urllib.parse import urljoin

import caldav
from caldav.elements import cdav, dav, ical
from caldav.lib import error

CHECKS = {}
LIMIT_SECONDS = 60
UTC = timezone.utc


class Skipped(Exception):
    """The server does not offer what the check needs, and says so."""


def remember(response, *_args, **_options):
    """The library's errors do not carry what the server said."""
    Lab.last_answer = response.text


class Lab:
    """The account that the checks share."""

    last_answer = ""

    def __init__(self, base_url, user):
        self.base_url = base_url
        self.user = user

    def client(self, path=""):
        made = caldav.DAVClient(
            urljoin(self.base_url, path),
            username=self.user,
            password=os.environ["LATCHKEY_LAB_SECRET"],
            timeout=30,
        )
        made.session.hooks["response"].append(remember)
        return made

    def principal(self):
        return self.client("dav/").principal()

    def calendar(self, *components):
        name = f"Prüfung {uuid.uuid4()}"
        made = self.principal().make_calendar(
            name=name, supported_calendar_component_set=list(components) or None
        )
        same(made.get_display_name(), name)
        return made


def check(name):
    def register(run):
        CHECKS[name] = run
        return run

    return register


def same(got, wanted):
    assert got == wanted, f"expected {wanted!r}\ngot      {got!r}"


def summaries(objects):
    return sorted(str(found.icalendar_component["SUMMARY"]) for found in objects)


def text_of(kind, uid, summary, *lines):
    return "\r\n".join(
        [
            *["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.org//interop//EN", f"BEGIN:{kind}", f"UID:{uid}"],
            *["DTSTAMP:20300101T000000Z", f"SUMMARY:{summary}", *lines, f"END:{kind}", "END:VCALENDAR", ""],
        ]
    )


def save_event(calendar, uid, *lines, summary=None):
    when = lines or ("DTSTART:20300613T080000Z", "DURATION:PT1H")
    return calendar.save_event(text_of("VEVENT", uid, summary or uid, *when))


def save_standing_set(calendar):
    """A plain, an all-day, a weekly and a much earlier event."""
    save_event(calendar, "plain")
    save_event(calendar, "all-day", "DTSTART;VALUE=DATE:20300613", "DTEND;VALUE=DATE:20300615")
    save_event(calendar, "weekly", "DTSTART:20200102T080000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY")
    save_event(calendar, "earlier", "DTSTART:20200102T080000Z", "DURATION:PT1H")


def search_or_skip(calendar, **filters):
    """A search that the server may refuse with the precondition of RFC 4791 section 7.8."""
    try:
        return calendar.search(**filters)
    except error.DAVError as refusal:
        if "supported-filter" in Lab.last_answer:
            raise Skipped(f"the server says CALDAV:supported-filter to {', '.join(filters)}") from refusal
        raise


# Discovery


def finds(lab, path):
    principal = lab.client(path).principal()
    same(principal.url.path, f"/dav/principals/{lab.user}/")
    same(principal.calendar_home_set.url.path, f"/dav/calendars/{lab.user}/")
    assert principal.calendars(), "no calendar"


@check("finds principal, home and calendar from the bare address")
def _(lab):
    finds(lab, "")


@check("finds principal, home and calendar from /dav/")
def _(lab):
    finds(lab, "dav/")


@check("finds principal, home and calendar from /dav without a slash")
def _(lab):
    finds(lab, "dav")


@check("finds principal, home and calendar from the principal")
def _(lab):
    finds(lab, f"dav/principals/{lab.user}/")


@check("reads the principal's name and addresses")
def _(lab):
    principal = lab.principal()
    assert principal.get_display_name(), "no display name"
    assert f"mailto:{lab.user}@example.org" in principal.calendar_user_address_set()


@check("finds calendar-access in the DAV header, and no scheduling before there is any")
def _(lab):
    client = lab.client("dav/")
    assert client.check_cdav_support(), client.check_dav_support()
    same(bool(client.check_scheduling_support()), "calendar-auto-schedule" in client.check_dav_support())


# Calendars


@check("makes a calendar, finds it by its name, and deletes it")
def _(lab):
    made = lab.calendar()
    principal = lab.principal()
    same(principal.calendar(name=made.get_display_name()).url, made.url)
    assert made.url in [one.url for one in principal.calendars()]
    made.delete()
    assert made.url not in [one.url for one in principal.calendars()]


@check("a calendar keeps the component types that it was made for")
def _(lab):
    same(sorted(lab.calendar("VJOURNAL").get_supported_components()), ["VJOURNAL"])
    same(sorted(lab.principal().make_calendar(name="b").get_supported_components())[:1], ["VEVENT"])


@check("a calendar that does not take tasks refuses one")
def _(lab):
    calendar = lab.calendar("VEVENT")
    try:
        calendar.save_todo(text_of("VTODO", "task", "task"))
    except error.DAVError:
        same(calendar.objects_by_sync_token().objects, [])
        return
    raise AssertionError("the task was taken")


@check("changes the display name and the colour of a calendar")
def _(lab):
    calendar = lab.calendar()
    name = f"Schöner Name {uuid.uuid4()}"
    calendar.set_properties([dav.DisplayName(name), ical.CalendarColor("#1BADF8FF")])
    again = lab.principal().calendar(name=name)
    same(again.get_properties([ical.CalendarColor()])[ical.CalendarColor.tag], "#1BADF8FF")


# Objects


@check("event: save, read, change, delete")
def _(lab):
    calendar = lab.calendar()
    saved = save_event(calendar, "one", summary="Mittagessen mit Jörg & Ømer")
    read = calendar.event_by_url(saved.url)
    same(str(read.icalendar_component["SUMMARY"]), "Mittagessen mit Jörg & Ømer")
    read.icalendar_component["SUMMARY"] = "Abendessen"
    read.save()
    same(summaries(calendar.events()), ["Abendessen"])
    read.delete()
    same(calendar.events(), [])
    try:
        calendar.event_by_url(saved.url)
    except error.NotFoundError:
        return
    raise AssertionError("the event is still there")


@check("event: made from properties by the library")
def _(lab):
    calendar = lab.calendar()
    start = datetime(2030, 6, 13, 8, tzinfo=UTC)
    calendar.save_event(
        dtstart=start, dtend=start + timedelta(hours=1), summary="Gebaut", rrule={"FREQ": "YEARLY"}
    )
    same(summaries(calendar.events()), ["Gebaut"])


@check("event: the deleted UID may be used again at once")
def _(lab):
    calendar = lab.calendar()
    save_event(calendar, "again").delete()
    save_event(calendar, "again", summary="second")
    same(summaries(calendar.events()), ["second"])


@check("event: a UID with slash, space, percent and umlaut")
def _(lab):
    calendar = lab.calendar()
    uid = "a/b c%20ü@example.org"
    saved = save_event(calendar, uid)
    same(str(calendar.event_by_url(saved.url).icalendar_component["UID"]), uid)
    same(len(calendar.events()), 1)
    calendar.events()[0].delete()
    same(calendar.events(), [])


@check("event: a copy in another calendar of the account")
def _(lab):
    here, there = lab.calendar(), lab.calendar()
    save_event(here, "one").copy(keep_uid=True, new_parent=there).save()
    same(summaries(here.events()), ["one"])
    same(summaries(there.events()), ["one"])


@check("task: save, read, complete, delete")
def _(lab):
    calendar = lab.calendar("VTODO")
    task = calendar.save_todo(text_of("VTODO", "task", "Steuer", "DUE:20300613T080000Z", "STATUS:NEEDS-ACTION"))
    same(summaries(calendar.todos(include_completed=True)), ["Steuer"])
    task.complete()
    same(str(calendar.todos(include_completed=True)[0].icalendar_component["STATUS"]), "COMPLETED")
    task.delete()
    same(calendar.todos(include_completed=True), [])


@check("task: pending ones alone")
def _(lab):
    calendar = lab.calendar("VTODO")
    calendar.save_todo(text_of("VTODO", "open", "open"))
    calendar.save_todo(text_of("VTODO", "done", "done")).complete()
    same(summaries(search_or_skip(calendar, todo=True)), ["open"])


@check("todos: pending ones by default, all of them with include_completed")
def _(lab):
    calendar = lab.calendar("VTODO")
    calendar.save_todo(text_of("VTODO", "open", "open", "DUE:20300613T080000Z"))
    calendar.save_todo(text_of("VTODO", "done", "done")).complete()
    same(summaries(calendar.todos()), ["open"])
    same(summaries(calendar.todos(include_completed=True)), ["done", "open"])


@check("journal: save, read, change, delete in a calendar for journals")
def _(lab):
    calendar = lab.calendar("VJOURNAL")
    entry = calendar.save_journal(text_of("VJOURNAL", "diary", "Heute", "DTSTART;VALUE=DATE:20300613"))
    same(summaries(calendar.journals()), ["Heute"])
    entry.icalendar_component["SUMMARY"] = "Gestern"
    entry.save()
    same(summaries(calendar.journals()), ["Gestern"])
    entry.delete()
    same(calendar.journals(), [])


@check("several objects by their addresses (calendar-multiget)")
def _(lab):
    calendar = lab.calendar()
    urls = [save_event(calendar, uid).url for uid in ("one", "two", "three")]
    same(summaries(calendar.calendar_multiget(urls[:2])), ["one", "two"])


# Searches


def searched(lab, start, end):
    calendar = lab.calendar()
    save_standing_set(calendar)
    return summaries(calendar.date_search(start, end, expand=False))


@check("date_search: plain, all-day and recurring events of a time range")
def _(lab):
    same(searched(lab, datetime(2030, 6, 13), datetime(2030, 6, 14)), ["all-day", "plain", "weekly"])


@check("date_search: a plain event that ends where the range begins is not in it")
def _(lab):
    # The weekly one is on Thursdays at eight, as the plain one.
    found = searched(lab, datetime(2030, 6, 13, 9, tzinfo=UTC), datetime(2030, 6, 13, 10, tzinfo=UTC))
    same(found, ["all-day"])


@check("date_search: an all-day event on its last day and not on the next")
def _(lab):
    same(searched(lab, datetime(2030, 6, 14, 12), datetime(2030, 6, 14, 13)), ["all-day"])
    same(searched(lab, datetime(2030, 6, 15, 12), datetime(2030, 6, 15, 13)), [])


@check("date_search: a recurring event centuries ahead")
def _(lab):
    same(searched(lab, datetime(2330, 6, 1), datetime(2330, 6, 8)), ["weekly"])


@check("date_search: without an end")
def _(lab):
    same(searched(lab, datetime(2030, 7, 1), None), ["weekly"])


@check("date_search: tasks by their due date")
def _(lab):
    calendar = lab.calendar("VTODO")
    calendar.save_todo(text_of("VTODO", "june", "june", "DUE:20300613T080000Z"))
    calendar.save_todo(text_of("VTODO", "july", "july", "DUE:20300713T080000Z"))
    found = calendar.date_search(datetime(2030, 6, 1), datetime(2030, 7, 1), compfilter="VTODO", expand=False)
    same(summaries(found), ["june"])


@check("date_search: occurrences expanded by the server")
def _(lab):
    calendar = lab.calendar()
    save_standing_set(calendar)
    start, end = datetime(2030, 6, 1, tzinfo=UTC), datetime(2030, 7, 1, tzinfo=UTC)
    query, _ = calendar.build_search_xml_query(comp_class=caldav.Event, start=start, end=end, expand=True)
    _, found = calendar._request_report_build_resultlist(query)
    weekly = [one.data for one in found if "SUMMARY:weekly" in one.data]
    same(len(weekly), 1)
    if "RRULE" in weekly[0]:
        raise Skipped("the server sends recurring events as they are stored; the library expands them itself")
    # Thursdays: 6, 13, 20, 27.
    same(weekly[0].count("BEGIN:VEVENT"), 4)
    assert "RECURRENCE-ID:20300613T080000Z" in weekly[0], weekly[0]


@check("date_search: plain and all-day events expanded by the server")
def _(lab):
    calendar = lab.calendar()
    save_standing_set(calendar)
    save_event(calendar, "holidays", "DTSTART;VALUE=DATE:20200613", "DURATION:P1D", "RRULE:FREQ=YEARLY")
    start, end = datetime(2030, 6, 13, tzinfo=UTC), datetime(2030, 6, 14, tzinfo=UTC)
    query, _ = calendar.build_search_xml_query(comp_class=caldav.Event, start=start, end=end, expand=True)
    _, found = calendar._request_report_build_resultlist(query)
    same(summaries(found), ["all-day", "holidays", "plain", "weekly"])
    dates = [one.data for one in found if "SUMMARY:holidays" in one.data]
    assert "DTSTART;VALUE=DATE:20300613" in dates[0] and "RRULE" not in dates[0], dates[0]


@check("date_search: occurrences as the library gives them by default")
def _(lab):
    calendar = lab.calendar()
    save_standing_set(calendar)
    found = calendar.search(
        start=datetime(2030, 6, 1, tzinfo=UTC), end=datetime(2030, 7, 1, tzinfo=UTC), event=True, expand=True
    )
    same(summaries(found), ["all-day", "plain", "weekly", "weekly", "weekly", "weekly"])


@check("search by UID")
def _(lab):
    calendar = lab.calendar()
    save_standing_set(calendar)
    search_or_skip(calendar, comp_class=caldav.Event, uid="plain")
    same(str(calendar.event_by_uid("plain").icalendar_component["UID"]), "plain")
    same(str(calendar.object_by_uid("weekly").icalendar_component["UID"]), "weekly")


@check("search by text")
def _(lab):
    calendar = lab.calendar()
    save_event(calendar, "one", summary="Kaffee mit Zoë")
    save_event(calendar, "two", summary="Tee")
    same(summaries(search_or_skip(calendar, event=True, summary="mit Zoë")), ["Kaffee mit Zoë"])
    # The library asks for the collation i;octet.
    same(search_or_skip(calendar, event=True, summary="kaffee"), [])


@check("search by category")
def _(lab):
    calendar = lab.calendar()
    save_event(calendar, "one", "DTSTART:20300613T080000Z", "CATEGORIES:Arbeit,Reise")
    save_event(calendar, "two")
    same(summaries(search_or_skip(calendar, event=True, category="Reise")), ["one"])


@check("save with no_overwrite and no_create")
def _(lab):
    calendar = lab.calendar()
    save_event(calendar, "one")
    search_or_skip(calendar, comp_class=caldav.Event, uid="one")
    event = text_of("VEVENT", "one", "again", "DTSTART:20300613T080000Z")
    try:
        calendar.save_event(event, no_overwrite=True)
    except error.ConsistencyError:
        calendar.save_event(event, no_create=True)
        same(summaries(calendar.events()), ["again"])
        return
    raise AssertionError("the event was overwritten")


@check("free-busy of a calendar")
def _(lab):
    calendar = lab.calendar()
    save_standing_set(calendar)
    reports = str(calendar.get_properties([dav.SupportedReportSet()], parse_response_xml=False).raw)
    if "free-busy-query" not in reports:
        raise Skipped("supported-report-set does not list free-busy-query")
    answer = calendar.freebusy_request(datetime(2030, 6, 13, tzinfo=UTC), datetime(2030, 6, 14, tzinfo=UTC))
    busy = [line for line in answer.data.splitlines() if line.startswith("FREEBUSY")]
    # The all-day event takes the day; the plain and the weekly one lie inside it.
    same(busy, ["FREEBUSY;FBTYPE=BUSY:20300613T000000Z/20300614T000000Z"])
    save_event(calendar, "perhaps", "DTSTART:20300616T080000Z", "DURATION:PT1H", "STATUS:TENTATIVE")
    answer = calendar.freebusy_request(datetime(2030, 6, 16, tzinfo=UTC), datetime(2030, 6, 17, tzinfo=UTC))
    assert "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20300616T080000Z/20300616T090000Z" in answer.data, answer.data


# Sync


@check("objects_by_sync_token: what is new, changed and deleted since")
def _(lab):
    calendar = lab.calendar()
    kept, changed, deleted = (save_event(calendar, uid) for uid in ("kept", "changed", "deleted"))
    state = calendar.objects_by_sync_token(load_objects=True)
    same(len(list(state)), 3)
    same(list(calendar.objects_by_sync_token(state.sync_token)), [])

    changed.icalendar_component["SUMMARY"] = "changed now"
    changed.save()
    deleted.delete()
    added = save_event(calendar, "added")
    since = calendar.objects_by_sync_token(state.sync_token)
    same(sorted(str(one.url) for one in since), sorted(str(one.url) for one in (changed, deleted, added)))

    updated, gone = state.sync()
    same(sorted(summaries(updated)), ["added", "changed now"])
    same([str(one.url) for one in gone], [str(deleted.url)])
    same(sorted(summaries(state)), ["added", "changed now", "kept"])


@check("objects_by_sync_token: a token that was never given out is refused")
def _(lab):
    calendar = lab.calendar()
    try:
        calendar.objects_by_sync_token("https://example.org/no-such-token")
    except error.DAVError:
        assert "valid-sync-token" in Lab.last_answer, Lab.last_answer
        return
    raise AssertionError("the token was taken")


@check("a wrong password is refused")
def _(lab):
    client = caldav.DAVClient(urljoin(lab.base_url, "dav/"), username=lab.user, password="not this one")
    try:
        client.principal()
    except error.AuthorizationError:
        return
    raise AssertionError("it was taken")


def stop(_signal, _frame):
    raise TimeoutError(f"did not end in {LIMIT_SECONDS} s")


def run(lab, test):
    Lab.last_answer = ""
    signal.alarm(LIMIT_SECONDS)
    try:
        test(lab)
    except Skipped as reason:
        return {"state": "skipped", "detail": str(reason)}
    except Exception:
        said = f"\nlast answer of the server:\n{Lab.last_answer[:1000]}" if Lab.last_answer else ""
        return {"state": "FAILED", "detail": traceback.format_exc(limit=-4) + said}
    finally:
        signal.alarm(0)
    return {"state": "ok", "detail": ""}


def main(base_url, user):
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, stop)
    for name, test in CHECKS.items():
        print(json.dumps({"name": name, **run(Lab(base_url, user), test)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
