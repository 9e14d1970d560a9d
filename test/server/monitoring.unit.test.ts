/** What docs/deploy/ has for Grafana and Prometheus asks for metrics and labels that the server gives out. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../server/config.js';
import { everyMetric, familyOf } from './every-metric.js';
import type { KnownMetric } from './every-metric.js';

const read = (name: string): string => readFileSync(join(projectRoot, 'docs', 'deploy', name), 'utf8');

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly id: number;
  readonly gridPos: { readonly x: number; readonly w: number };
  readonly targets?: readonly { readonly expr: string }[];
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
}

/** `expr:` of each rule, on its line or in the block below it. */
const expressionsOf = (rules: string): string[] =>
  [...rules.matchAll(/^( *)expr: (?:\|\n((?:\1 +.*\n)+)|(.*)\n)/gm)].map(
    ([, , block, line]) => block ?? line ?? '',
  );

/** Labels that Prometheus adds. */
const added = ['job', 'instance'];

/** What in an expression the server does not know. */
function strangersOf(expression: string, known: ReadonlyMap<string, KnownMetric>): string[] {
  const metrics = [...expression.matchAll(/\b((?:latchkey|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)];
  assert.ok(metrics.length > 0 || expression.startsWith('up{'), `a metric in ${expression}`);
  const grouped = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) =>
    names.split(/, ?/),
  );
  const all = new Set(added);
  const strangers: string[] = [];
  for (const [, name = '', matchers = ''] of metrics) {
    const metric = known.get(name);
    if (metric === undefined) {
      strangers.push(name);
      continue;
    }
    for (const label of metric.labels) all.add(label);
    for (const [, label = ''] of matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"/g))
      if (!metric.labels.has(label) && !added.includes(label)) strangers.push(`${name}{${label}}`);
  }
  return [...strangers, ...grouped.filter((label) => !all.has(label))];
}

describe('docs/deploy/ for those who watch the server', () => {
  let known: ReadonlyMap<string, KnownMetric>;
  before(async () => (known = await everyMetric()));

  it('has a dashboard that asks for what there is', () => {
    const { panels, annotations } = JSON.parse(read('grafana-dashboard.json')) as Dashboard;
    for (const { title, type, targets = [] } of panels) {
      assert.ok(type === 'row' || targets.length > 0, title);
      for (const { expr } of targets) assert.deepEqual(strangersOf(expr, known), [], `${title}: ${expr}`);
    }
    for (const { expr } of annotations.list) assert.deepEqual(strangersOf(expr, known), [], expr);
  });

  it('has a dashboard whose panels have numbers of their own, places inside it, and known variables', () => {
    const text = read('grafana-dashboard.json');
    const { panels, templating } = JSON.parse(text) as Dashboard;
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { title, gridPos } of panels) assert.ok(gridPos.x + gridPos.w <= 24, title);
    const variables = new Set(templating.list.map(({ name }) => name));
    for (const [, name = ''] of text.matchAll(/\$\{?([a-z]+)\}?/g)) assert.ok(variables.has(name), name);
  });

  it('has a dashboard that shows every metric of our own', () => {
    const text = read('grafana-dashboard.json');
    const shown = new Set([...text.matchAll(/\blatchkey_\w+/g)].map(([name]) => familyOf(name)));
    const families = new Set([...known.keys()].map(familyOf));
    const missing = [...families].filter((name) => name.startsWith('latchkey_') && !shown.has(name));
    assert.deepEqual(missing, []);
  });

  it('has alerts that ask for what there is, and say what is wrong', () => {
    const rules = read('prometheus-alerts.yml');
    const expressions = expressionsOf(rules);
    const count = (key: string): number => rules.match(new RegExp(`^ *(- )?${key}:`, 'gm'))?.length ?? 0;
    assert.ok(expressions.length > 10);
    for (const key of ['alert', 'expr', 'summary', 'description'])
      assert.equal(count(key), expressions.length, key);
    for (const expression of expressions) assert.deepEqual(strangersOf(expression, known), [], expression);
  });

  it('would tell of what there is not', () => {
    assert.deepEqual(strangersOf('rate(latchkey_nothing_total[5m])', known), ['latchkey_nothing_total']);
    assert.deepEqual(strangersOf('sum by (colour) (latchkey_processes{taste="x"})', known), [
      'latchkey_processes{taste}',
      'colour',
    ]);
  });
});
