/** Reads what Prometheus would read. */
import assert from 'node:assert/strict';

export interface Scraped {
  readonly status: number;
  readonly text: string;
  /** The value of a sample with these labels; undefined where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
  /** The values of all samples of a name together. */
  sum(name: string): number;
  readonly names: ReadonlySet<string>;
}

interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export async function scrape(port: number, headers: Record<string, string> = {}): Promise<Scraped> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers });
  return scraped(response.status, await response.text());
}

export function scraped(status: number, text: string): Scraped {
  const samples = status === 200 ? samplesOf(text) : [];
  return {
    status,
    text,
    value: (name, labels = {}) =>
      samples.find(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([label, value]) => sample.labels.get(label) === value),
      )?.value,
    sum: (name) =>
      samples.filter((sample) => sample.name === name).reduce((total, { value }) => total + value, 0),
    names: new Set(samples.map(({ name }) => name)),
  };
}

function samplesOf(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const parts = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
      assert.ok(parts !== null, `a sample: ${line}`);
      const [, name = '', labels = '', value = ''] = parts;
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
        ([, label = '', said = '']) => [label, said] as const,
      );
      return { name, labels: new Map(pairs), value: value === '+Inf' ? Infinity : Number(value) };
    });
}
