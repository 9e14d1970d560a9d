/** Other accounts in the database, each with its collections and an app password, before the server starts. */
import { openCore } from '../server/core.js';
import { loadConfig } from '../server/config.js';
import { createLog } from '../server/observability/log.js';

const AT_ONCE = 64;
const shell = { kind: 'shell' } as const;

/** Makes that many accounts, with nothing in them. */
export async function makeOtherAccounts(env: NodeJS.ProcessEnv, count: number): Promise<void> {
  const core = await openCore(loadConfig(env), createLog('silent', { write: () => undefined }));
  try {
    let next = 0;
    const make = async (): Promise<void> => {
      while (next < count) {
        next += 1;
        const { id } = await core.auth.accounts.create({ name: `other-${next}` }, shell);
        await core.auth.appPasswords.create(
          id,
          { label: 'phone', services: new Set(['calendars', 'contacts']), access: 'write' },
          shell,
        );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, make));
  } finally {
    await core.dispose();
  }
}
