// Drives Thunderbird from inside: thunderbird.ts puts `return answer(...arguments);` behind this and runs it with all
// rights of the program. What is remembered between two calls is in `globalThis.desk`.
/* global ChromeUtils, Services, Cc, Ci, Components */

const { cal } = ChromeUtils.importESModule('resource:///modules/calendar/calUtils.sys.mjs');
const { CalEvent } = ChromeUtils.importESModule('resource:///modules/CalEvent.sys.mjs');
const { CalTodo } = ChromeUtils.importESModule('resource:///modules/CalTodo.sys.mjs');
const { CardDAVDirectory } = ChromeUtils.importESModule('resource:///modules/CardDAVDirectory.sys.mjs');
const { CardDAVUtils } = ChromeUtils.importESModule('resource:///modules/CardDAVUtils.sys.mjs');
const { MailServices } = ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs');
const { MsgAuthPrompt } = ChromeUtils.importESModule('resource:///modules/MsgAsyncPrompter.sys.mjs');
const { VCardProperties, VCardUtils } = ChromeUtils.importESModule('resource:///modules/VCardUtils.sys.mjs');

const desk = (globalThis.desk ??= sitDown());

/** Stands in for the person: nobody could answer a dialog. */
function sitDown() {
  const made = { accounts: new Map(), overwrite: false, asked: 0 };
  // Whoever drives it by Marionette gets a Thunderbird that saves no passwords; a person's does.
  Services.prefs.setBoolPref('signon.rememberSignons', true);
  MsgAuthPrompt.prototype.promptAuth = (channel, _level, info, _label, remember) => {
    const { userContextId } = channel.loadInfo.originAttributes;
    const user = info.username || cal.auth.containerMap.getUsernameForUserContextId(userContextId);
    const account = [...made.accounts.values()].findLast((each) => each.user === user);
    // Whoever has just been refused does not type the same again.
    if (!account || account.typed.includes(channel.URI.spec)) {
      account?.refusals.push(`asks for the password of ${channel.URI.spec} again`);
      return false;
    }
    account.typed.push(channel.URI.spec);
    Object.assign(info, { username: user, password: account.secret });
    remember.value = true;
    return true;
  };
  // The dialog "This item has recently been changed on the server".
  cal.provider.promptOverwrite = () => {
    made.asked++;
    return made.overwrite;
  };
  return made;
}

const calls = {
  /** Whether its window and its calendars are there. */
  ready: async () => Services.wm.getMostRecentWindow('mail:3pane')?.document.readyState === 'complete',

  /** "New Calendar > On the Network" and "Add CardDAV Address Book", with everything ticked that is found. */
  account: async ({ url, user, secret }) => {
    const account = { user, secret, refusals: [], typed: [], collections: [] };
    const name = `account ${desk.accounts.size}`;
    desk.accounts.set(name, account);
    await addCalendars(account, url, secret);
    await addBooks(account, url, secret);
    return name;
  },

  /** What is typed into the saved passwords. */
  changePassword: async ({ account, secret }) => {
    const { user, refusals, typed } = desk.accounts.get(account);
    refusals.length = 0;
    typed.length = 0;
    desk.accounts.get(account).secret = secret;
    for (const login of await Services.logins.getAllLogins()) {
      if (login.username !== user) continue;
      const changed = login.clone();
      changed.password = secret;
      await Services.logins.modifyLoginAsync(login, changed);
    }
  },

  collections: async ({ account }) => desk.accounts.get(account).collections.flatMap(storesOf),
  refusals: async ({ account }) => desk.accounts.get(account).refusals,
  readOnly: async ({ id, store }) => (store === 'contacts' ? book(id) : calendar(id)).readOnly,
  refresh: async ({ id, store }) => (store === 'contacts' ? refreshBook(id) : refreshCalendar(id)),
  texts: async ({ id, store }) => (store === 'contacts' ? cardTexts(id) : itemTexts(id, store)),

  add: async ({ id, store, text }) => {
    if (store === 'contacts')
      book(id).addCard(VCardUtils.vCardToAbCard(VCardProperties.fromVCard(text).toVCard()));
    else await calendar(id).addItem(store === 'events' ? new CalEvent(text) : new CalTodo(text));
  },

  /** A contact from the fields of a form, as the window for new contacts fills them. */
  addFields: async ({ id, fields }) => {
    const card = Cc['@mozilla.org/addressbook/cardproperty;1'].createInstance(Ci.nsIAbCard);
    for (const [name, value] of Object.entries(fields)) card.setProperty(name, value);
    return book(id).addCard(card).UID;
  },

  edit: async ({ id, store, uid, before, after, conflict }) => {
    desk.overwrite = conflict === 'overwrite';
    if (store === 'contacts') return editCard(id, uid, before, after);
    const item = await calendar(id).getItem(uid);
    const changed = item.clone();
    changed.title = replaced(item.title, before, after);
    await calendar(id).modifyItem(changed, item);
  },

  editOne: async ({ id, uid, start, title }) => {
    const series = await calendar(id).getItem(uid);
    const changed = series.clone();
    const one = changed.recurrenceInfo.getOccurrenceFor(cal.createDateTime(start)).clone();
    one.title = title;
    changed.recurrenceInfo.modifyException(one, true);
    await calendar(id).modifyItem(changed, series);
  },

  remove: async ({ id, store, uid }) => {
    if (store === 'contacts') book(id).deleteCards([card(id, uid)]);
    else await calendar(id).deleteItem(await calendar(id).getItem(uid));
  },

  /** How often it has asked whether to overwrite a change on the server. */
  asked: async () => desk.asked,

  /** The addresses for which it has asked for the password again, after what was typed at the set-up. */
  typed: async ({ account }) => desk.accounts.get(account).typed,
};

async function answer(name, parameters) {
  return calls[name](parameters);
}

async function addCalendars(account, url, secret) {
  try {
    const found = await cal.provider.detection.detect(account.user, secret, url, true, [], {});
    for (const [provider, calendars] of found) {
      if (provider.type !== 'caldav') continue;
      for (const each of calendars) {
        // The box "Offline Support", which is ticked unless somebody takes it out.
        each.setProperty('cache.enabled', true);
        cal.manager.registerCalendar(each);
        account.collections.push({ id: each.id, isBook: false });
      }
    }
  } catch (error) {
    if (error instanceof cal.provider.detection.AuthFailedError) account.refusals.push(String(error));
    else if (!(error instanceof cal.provider.detection.NoneFoundError)) throw error;
  }
}

async function addBooks(account, url, secret) {
  try {
    for (const each of await CardDAVUtils.detectAddressBooks(account.user, secret, url, false, true))
      account.collections.push({ id: (await each.create()).dirPrefId, isBook: true });
  } catch (error) {
    // "Address book discovery failed", whatever the reason.
    account.bookFailure = String(error);
  }
}

function storesOf({ id, isBook }) {
  if (isBook) {
    const directory = book(id);
    const path = new URL(directory.getStringValue('carddav.url', '')).pathname;
    return [{ id, name: directory.dirName, path, store: 'contacts' }];
  }
  const here = calendar(id);
  const stores = ['events', 'tasks'].filter(
    (store) => here.getProperty(`capabilities.${store}.supported`) !== false,
  );
  return stores.map((store) => ({ id, name: here.name, path: here.uri.filePath, store }));
}

const calendar = (id) => cal.manager.getCalendarById(id);
const book = (id) => MailServices.ab.getDirectoryFromId(id);
const directoryOf = (id) => CardDAVDirectory.forFile(book(id).fileName);

function card(id, uid) {
  const found = [...book(id).childCards].find((each) => each.UID === uid);
  if (!found) throw new Error(`no contact ${uid}`);
  return found;
}

const vCardOf = (each) => each.vCardProperties.toVCard();
const cardTexts = (id) => [...book(id).childCards].map(vCardOf);

function editCard(id, uid, before, after) {
  const text = replaced(vCardOf(card(id, uid)), before, after);
  // Another one, which has not read its vCard yet.
  const changed = card(id, uid);
  changed.setProperty('_vCard', text);
  book(id).modifyCard(changed);
}

async function refreshBook(id) {
  try {
    await directoryOf(id).syncWithServer();
  } catch (error) {
    const owner = [...desk.accounts.values()].find(({ collections }) =>
      collections.some((each) => each.id === id),
    );
    if (error.message !== 'Authorization failure') throw error;
    owner?.refusals.push(error.message);
  }
}

/** Waits until what it has asked the server has come. */
function refreshCalendar(id) {
  const { promise, resolve } = Promise.withResolvers();
  const here = calendar(id);
  const observer = {
    QueryInterface: ChromeUtils.generateQI(['calIObserver']),
    onLoad: () => resolve(),
    onError: () => resolve(),
    ...Object.fromEntries(
      [
        ...['onStartBatch', 'onEndBatch', 'onAddItem', 'onModifyItem', 'onDeleteItem'],
        ...['onPropertyChanged', 'onPropertyDeleting'],
      ].map((name) => [name, () => undefined]),
    ),
  };
  here.addObserver(observer);
  here.refresh();
  return Promise.race([promise, new Promise((late) => setTimer(late, 2000))]).finally(() =>
    here.removeObserver(observer),
  );
}

async function itemTexts(id, store) {
  const filter =
    store === 'events' ? Ci.calICalendar.ITEM_FILTER_TYPE_EVENT : Ci.calICalendar.ITEM_FILTER_TYPE_TODO;
  const filters = filter | Ci.calICalendar.ITEM_FILTER_COMPLETED_ALL;
  const items = await calendar(id).getItemsAsArray(filters, 0, null, null);
  return items.map((item) => {
    const serializer = Cc['@mozilla.org/calendar/ics-serializer;1'].createInstance(Ci.calIIcsSerializer);
    serializer.addItems([item]);
    return serializer.serializeToString();
  });
}

function replaced(text, before, after) {
  if (!text.includes(before)) throw new Error(`no ${before} in what Thunderbird has:\n${text}`);
  return text.replaceAll(before, after);
}

function setTimer(run, ms) {
  const { setTimeout } = ChromeUtils.importESModule('resource://gre/modules/Timer.sys.mjs');
  setTimeout(run, ms);
}
