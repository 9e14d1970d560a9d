import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultInWords } from '../../server/cli/config-show.js';
import { projectRoot } from '../../server/config.js';
import { exitCodes } from '../../server/exit-codes.js';
import { settingList } from '../../server/settings.js';
import { everyMetric, familyOf } from './every-metric.js';

const page = readFileSync(join(projectRoot, 'docs', 'operating.md'), 'utf8');

/** The cells of the table with this first column title. */
function tableOf(title: string): string[][] {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${title} |`));
  const rows = lines.slice(start + 2);
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe('docs/operating.md', () => {
  it('lists every setting with its default and meaning, in the order of `latchkey config`', () => {
    const expected = settingList.map((setting) => {
      const words = defaultInWords(setting);
      return [`\`${setting.name}\``, setting.defaultInWords ?? `\`${words}\``, setting.description];
    });
    assert.deepEqual(tableOf('variable'), expected);
  });

  it('lists every metric of our own', async () => {
    const metrics = new Set([...(await everyMetric()).keys()].map(familyOf));
    const listed = tableOf('metric').flatMap(([names = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    assert.deepEqual(new Set(listed), new Set([...metrics].filter((name) => name.startsWith('latchkey_'))));
  });

  it('lists every exit code', () => {
    assert.deepEqual(
      tableOf('exit code').map(([code]) => Number(code)),
      Object.values(exitCodes),
    );
  });
});
