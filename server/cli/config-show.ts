import type { Command } from 'commander';
import { loadConfig, shownLocation, shownMailbox, shownTransport, textOf } from '../config.js';
import { settingList, settings } from '../settings.js';
import type { Setting } from '../settings.js';
import { print } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';
import { table } from './table.js';

/** `latchkey config`: every variable, its value and its meaning. A wrong one is named, with exit code 78. */
export function configShow(program: Command, shell: Shell): void {
  program
    .command('config')
    .description('Show every setting: environment variable, value, default and meaning')
    .option('--json', 'answer with JSON')
    .action((options: OutputOptions) => {
      const { dataDir, baseUrl, secretFile, database, smtp, mailFrom, metrics, unknown } = loadConfig(
        shell.environment,
      );
      const inEffect = new Map<string, string>([
        [settings.dataDir.name, dataDir],
        [settings.baseUrl.name, baseUrl.origin],
        [settings.secretFile.name, secretFile],
        [settings.database.name, shownLocation(database)],
        [settings.smtp.name, shownTransport(smtp)],
        [settings.mailFrom.name, shownMailbox(mailFrom)],
        [settings.metricsToken.name, metrics?.token === null || metrics === undefined ? '' : '***'],
      ]);
      const entries = settingList.map((setting) => ({
        name: setting.name,
        value: inEffect.get(setting.name) ?? textOf(setting, shell.environment),
        default: defaultInWords(setting),
        description: setting.description,
      }));
      const rows = entries.map((entry) => [entry.name, entry.value, entry.description]);
      print(shell, options, entries, table(['VARIABLE', 'VALUE', 'MEANING'], rows));
      for (const name of unknown) shell.terminal.err(`${name} is not a setting of Latchkey.\n`);
    });
}

/** The default as documentation shows it. */
export const defaultInWords = (setting: Setting<unknown>): string =>
  setting.defaultInWords ?? setting.default;
