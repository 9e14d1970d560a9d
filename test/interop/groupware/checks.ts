/** The checks that every groupware client is put to; what one client does in its own way stands beside its driver. */
import type { Check } from '../check.js';
import type { Lab } from '../lab.js';
import { contentChecks } from './content-checks.js';
import { Desk } from './desk.js';
import { discoveryChecks } from './discovery-checks.js';
import type { Groupware } from './groupware.js';
import { objectChecks } from './object-checks.js';
import { passwordChecks } from './password-checks.js';

/** A check in the account that the client's checks share; each makes objects of its own. */
export interface DeskCheck {
  readonly name: string;
  readonly run: (desk: Desk, lab: Lab) => Promise<void>;
}

/** All checks of a client that was started: the common ones, its own, and that it ends. */
export async function groupwareChecks(
  client: Groupware,
  lab: Lab,
  own: readonly DeskCheck[],
  signal: AbortSignal,
): Promise<Check[]> {
  const desk = await Desk.open(client, lab, await lab.account(signal), signal);
  return [
    ...discoveryChecks(client, lab),
    ...[...objectChecks, ...contentChecks, ...own].map(({ name, run }) => ({
      name,
      run: (limit: AbortSignal) => run(desk.during(lab, limit), lab),
    })),
    ...passwordChecks(client, lab),
    { name: 'it ends when told to, and leaves no process', run: () => client.close() },
  ];
}
