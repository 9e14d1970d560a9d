/**
 * Groups as principals (RFC 3744 §2, §4.3, §4.4), as far as the directory shows them: with `none` nobody sees a group, with
 * `shared` its members do, with `all` everybody does. Administrators keep them in the console.
 */
import { findGroup, groupsOfAccount, listGroups, membersOfGroup } from '../../storage/index.js';
import type { AccountId, GroupRow, Reader } from '../../storage/index.js';
import type { PropertyContext } from '../live-property.js';
import { groupPath, principalPath } from '../resources/path.js';
import type { GroupResource, PrincipalResource } from '../resources/resource.js';
import type { Viewer } from '../resources/viewer.js';
import { href } from '../xml/write.js';

const PAGE = 200;

export const groupResource = ({ key, name, displayName }: GroupRow): GroupResource => ({
  kind: 'group',
  path: groupPath(name),
  group: { key, name, displayName },
});

/** The group of a folded name, where the viewer may see it. */
export async function findVisibleGroup(
  reader: Reader,
  viewer: Viewer,
  key: string,
): Promise<GroupResource | undefined> {
  if (viewer.directory === 'none') return undefined;
  const found =
    viewer.directory === 'all'
      ? await findGroup(reader, key)
      : (await groupsOfAccount(reader, viewer.accountId)).find((group) => group.key === key);
  return found && groupResource(found);
}

/** The groups that the viewer is in, and sees. */
export async function ownGroups(reader: Reader, viewer: Viewer): Promise<readonly GroupResource[]> {
  if (viewer.directory === 'none') return [];
  return (await groupsOfAccount(reader, viewer.accountId)).map(groupResource);
}

/** Every group that the viewer sees. */
export async function* visibleGroups(reader: Reader, viewer: Viewer): AsyncGenerator<GroupResource> {
  if (viewer.directory !== 'all') {
    yield* await ownGroups(reader, viewer);
    return;
  }
  let after = '';
  for (;;) {
    const page = await listGroups(reader, after, PAGE);
    for (const group of page) yield groupResource(group);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.key;
  }
}

/** Those of the accounts in a group that are not disabled, in the order of their making. */
export async function* membersOf(reader: Reader, { group }: GroupResource): AsyncGenerator<GroupMember> {
  let after: AccountId | 0 = 0;
  for (;;) {
    const page = await membersOfGroup(reader, group.key, after, PAGE);
    for (const member of page) if (member.disabledAt === null) yield member;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}

type GroupMember = Awaited<ReturnType<typeof membersOfGroup>>[number];

/** DAV:group-member-set's content (§4.3). Whoever sees a group sees who is in it. */
export async function groupMemberSet(
  resource: GroupResource,
  { reader, actor }: PropertyContext,
): Promise<string> {
  const hrefs: string[] = [];
  for await (const { id, name } of membersOf(reader, resource))
    hrefs.push(href(principalPath(id === actor.accountId ? actor.accountName : name)));
  return hrefs.join('');
}

/** DAV:group-membership's content (§4.4): of the groups that somebody is in, those that the actor sees. */
export async function groupMembership(
  { own, principal }: PrincipalResource,
  { reader, actor }: PropertyContext,
): Promise<string> {
  if (actor.directory === 'none') return '';
  const groups = await groupsOfAccount(reader, principal.id);
  const visible = own || actor.directory === 'all' ? groups : await inCommon(reader, actor.accountId, groups);
  return visible.map(({ name }) => href(groupPath(name))).join('');
}

async function inCommon(
  reader: Reader,
  accountId: AccountId,
  groups: readonly GroupRow[],
): Promise<readonly GroupRow[]> {
  const own = new Set((await groupsOfAccount(reader, accountId)).map(({ key }) => key));
  return groups.filter(({ key }) => own.has(key));
}
