import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import { text } from '../console/text.js';
import { exitCodes } from '../exit-codes.js';
import { DataError } from '../failures.js';
import { createPostman } from '../mail/transport.js';
import { openLog } from '../observability/log.js';
import { print } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

/** `latchkey mail test`: one mail, at once, by the mail server that is set. */
export function mailTest(mail: Command, shell: Shell): void {
  mail
    .command('test')
    .description('Send one mail to an address, to see whether the mail server is set right')
    .argument('<address>', 'where to')
    .option('--json', 'answer with JSON')
    .action(async (address: string, options: OutputOptions) => {
      const config = loadConfig(shell.environment);
      const { log, flush } = openLog('silent');
      const postman = createPostman(config, log);
      flush();
      if (postman === undefined) throw new DataError('No mail is sent: LATCHKEY_SMTP_URL is not set.');
      const { outcome, words } = await postman.send(
        {
          id: randomBytes(12).toString('hex'),
          to: address,
          subject: text('mail.test.subject'),
          text: `${text('mail.test.what', { host: config.baseUrl.host })}\n`,
          at: Date.now(),
        },
        new AbortController().signal,
      );
      if (outcome !== 'sent') {
        shell.terminal.err(`The mail was not sent: ${words ?? 'no answer'}\n`);
        shell.exitCode = exitCodes.failure;
        return;
      }
      const preview = config.smtp?.kind === 'preview';
      print(
        shell,
        options,
        { to: address, sent: true },
        preview
          ? `The mail was written into the folder mail in ${config.dataDir}.`
          : `The mail server has taken the mail to ${address}.`,
      );
    });
}
