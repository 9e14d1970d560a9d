/** The post of a test's house: what is queued goes to a real mail server on loopback, as in the server. */
import { loadConfig } from '../../server/config.js';
import { startDelivery } from '../../server/mail/delivery.js';
import { createPostman } from '../../server/mail/transport.js';
import { createLog } from '../../server/observability/log.js';
import { SmtpInbox } from '../smtp-inbox.js';
import type { House } from './house.js';

export interface Post {
  readonly inbox: SmtpInbox;
  stop(): Promise<void>;
}

export async function postOf({ auth, origin }: House): Promise<Post> {
  const inbox = await SmtpInbox.start();
  const log = createLog('silent', process.stderr);
  const postman = createPostman(loadConfig({ LATCHKEY_SMTP_URL: inbox.url }), log);
  if (postman === undefined) throw new Error('There is no postman');
  const work = startDelivery({ auth, log, config: { baseUrl: new URL(origin) } }, postman, 20);
  return {
    inbox,
    stop: async () => {
      await work.stop();
      await inbox.stop();
    },
  };
}
