/**
 * Tables can be sharded by account as long as queries stay inside one. Those that do not are listed here, each with why it
 * may: a new one fails this test until somebody has thought about it.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../server/config.js';

/** By file and the name of the statement. */
const known = new Map<string, string>([
  ['account-names.ts ownerOf', 'whose a name is, before it is given to an account'],
  ['account-overview.ts page', 'the list of accounts, for administrators'],
  ['account-overview.ts called', 'the search for accounts, for administrators'],
  ['account-deletion.ts deleted', 'scheduled work over all accounts'],
  ['accounts.ts page', 'the list of accounts, for administrators'],
  ['accounts.ts countAll', 'whether there is an account at all'],
  ['accounts.ts countAdministrators', 'the last administrator stays'],
  ['accounts.ts administrators', 'who is told that an account was deleted'],
  ['accounts.ts byNameKey', 'from a name to its account: the way in'],
  ['accounts.ts insert', 'makes an account'],
  ['app-password-requests.ts removeOld', 'scheduled work'],
  ['app-passwords.ts byCredentials', 'from a name to its account: the way in of every DAV request'],
  ['backup.ts endEnrolments', 'a restored database, in which nobody is signed in'],
  ['backup.ts endSessions', 'a whole server is restored'],
  ['backup.ts voidLinks', 'as above'],
  ['backup.ts dropMail', 'as above'],
  ['collection-deletion.ts nextDoomed', 'scheduled work over all accounts'],
  ['groups.ts all', 'groups belong to the server, not to an account'],
  ['groups.ts byKey', 'as above'],
  ['groups.ts insert', 'as above'],
  ['groups.ts update', 'as above'],
  ['groups.ts remove', 'as above'],
  ['groups.ts removeMembers', 'as above'],
  ['groups.ts membersOf', 'as above'],
  ['key-usage.ts of', 'who still needs an earlier server key'],
  ['key-usage.ts loginPasswords', 'as above'],
  ['links.ts byHash', 'links are found by their token alone, before anybody is known'],
  ['links.ts openOfKind', 'invites that are open, for administrators'],
  ['links.ts use', 'as above'],
  ['links.ts voidKind', 'set-up links before there is an account'],
  ['links.ts removeExpired', 'scheduled work'],
  ['locks.ts removeAllExpired', 'scheduled work'],
  ['meta.ts read', 'facts about the database'],
  ['meta.ts write', 'facts about the database'],
  ['meta.ts remove', 'facts about the database'],
  ['passkeys.ts ownerOf', 'from a credential to its account: signing in without a name'],
  ['passkeys.ts removeExpiredChallenges', 'scheduled work'],
  ['outbox.ts nextDue', 'scheduled work over all accounts'],
  ['outbox.ts removeExpired', 'scheduled work'],
  ['principals.ts byNameKey', 'finding others by name, where the directory is open'],
  ['principals.ts page', 'the same, as a list'],
  ['reindexing.ts nextCollections', 'scheduled work over all accounts'],
  ['sessions.ts removeExpired', 'scheduled work'],
  ['sizes.ts pageOfAccounts', 'how much is stored, for whoever watches the server'],
  ['sizes.ts pageOfCollections', 'as above'],
  ['sizes.ts postgresBytes', 'as above'],
  ['throttle.ts read', 'counts by address; the table may stand on every shard or on one'],
  ['throttle.ts add', 'as above'],
  ['throttle.ts set', 'as above'],
  ['throttle.ts remove', 'as above'],
  ['throttle.ts removeExpired', 'as above'],
  ['verification.ts nextCollection', 'everything is looked through'],
  ['verification.ts countObjects', 'as above'],
  ['verification-orphans.ts belowObjects', 'as above'],
  ['verification-orphans.ts belowAccounts', 'as above'],
  ['verification-orphans.ts belowCollections', 'as above'],
  ['verification-orphans.ts nextProperties', 'as above'],
  ['backup.ts integrity', 'a backup is looked through before it is restored'],
  ['transfer.ts countOf', 'moving a whole server to another database'],
  ['transfer.ts deleteAll', 'as above'],
  ['transfer.ts pageOf', 'as above'],
  ['transfer.ts insertInto', 'as above'],
  ['transfer.ts raiseAccountIds', 'as above'],
]);

/** An account is named by its column, as a tuple's first, or by the key that `account` itself has. */
const insideAnAccount = [
  /'(?:\w+\.)?account_id', '=', \$\.(?:accountId|account)\b/,
  /account_id: \$\.accountId/,
  /account_id = \$\{\$\.accountId\}/,
  /'account_id', \$\.accountId/,
  /\('(?:account\.)?id', '=', \$\.(?:id|accountId)\)/,
];

function statementsOf(file: string): { readonly name: string; readonly source: string }[] {
  const source = readFileSync(join(projectRoot, 'storage', file), 'utf8');
  return source
    .split(/^(?=(?:export )?(?:const|function|async function|class|interface|type) )/m)
    .filter((part) => /\bstatement(?:<|\()/.test(part) && /\b(?:const|function) \w+/.test(part))
    .map((part) => ({ name: /\b(?:const|function) (\w+)/.exec(part)?.[1] ?? '', source: part }));
}

describe('Queries stay inside an account', () => {
  const files = readdirSync(join(projectRoot, 'storage')).filter(
    (name) => name.endsWith('.ts') && !['statement.ts', 'database.ts', 'schema.ts'].includes(name),
  );
  const crossing = files.flatMap((file) =>
    statementsOf(file)
      .filter(({ source }) => !insideAnAccount.some((pattern) => pattern.test(source)))
      .map(({ name }) => `${file} ${name}`),
  );

  it('but for those that are known', () => {
    assert.deepEqual(
      crossing.filter((each) => !known.has(each)),
      [],
    );
  });

  it('and of the known ones each is still there', () => {
    assert.deepEqual(
      [...known.keys()].filter((each) => !crossing.includes(each)),
      [],
    );
  });
});
