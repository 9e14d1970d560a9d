/**
 * What is counted while requests are answered. A child is looked up once and then only added to: no label is hashed and
 * nothing is allocated on the way of a request. What Prometheus reads is made when it asks.
 */

export type Labels = Readonly<Record<string, string | number>>;

export interface Sample {
  readonly value: number;
  readonly labels: Labels;
  /** Where it is not the family's: `NAME_bucket`, `NAME_sum`, `NAME_count`. */
  readonly metricName?: string;
}

/** How the values of several processes become one. */
export type Aggregator = 'sum' | 'max' | 'min' | 'average' | 'first' | 'omit';

/** A metric with its values at one moment, in the form that prom-client gives its own. It can be sent as JSON. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly aggregator: Aggregator;
  readonly values: readonly Sample[];
}

export interface Family {
  readonly name: string;
  metric(): Metric;
}

/** A number that only grows. */
export class Count {
  value = 0;

  add(): void {
    this.value += 1;
  }
}

export class Counter implements Family {
  private readonly children: (readonly [Labels, Count])[] = [];

  constructor(
    readonly name: string,
    private readonly help: string,
  ) {}

  /** To be kept: each call makes one. */
  child(labels: Labels = {}): Count {
    const count = new Count();
    this.children.push([labels, count]);
    return count;
  }

  metric(): Metric {
    const values = this.children.map(([labels, { value }]) => ({ labels, value }));
    return { name: this.name, help: this.help, type: 'counter', aggregator: 'sum', values };
  }
}

/** Values by how large they are. */
export class Distribution {
  /** By bucket; the last one holds what is above all bounds. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > (this.bounds[bucket] ?? 0)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += value;
  }
}

export class Histogram implements Family {
  private readonly children: (readonly [Labels, Distribution])[] = [];

  constructor(
    readonly name: string,
    private readonly help: string,
    /** The buckets' upper ends, in ascending order. */
    private readonly bounds: readonly number[],
  ) {}

  /** To be kept: each call makes one. */
  child(labels: Labels = {}): Distribution {
    const distribution = new Distribution(this.bounds);
    this.children.push([labels, distribution]);
    return distribution;
  }

  metric(): Metric {
    const values = this.children.flatMap(([labels, each]) => this.samplesOf(labels, each));
    return { name: this.name, help: this.help, type: 'histogram', aggregator: 'sum', values };
  }

  private samplesOf(labels: Labels, { counts, sum }: Distribution): Sample[] {
    let count = 0;
    const buckets = Array.from(counts, (each, index): Sample => {
      count += each;
      const le = this.bounds[index] ?? '+Inf';
      return { metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}

/** What is read when it is asked for. */
export class Gauge implements Family {
  constructor(
    readonly name: string,
    private readonly help: string,
    private readonly read: () => number | readonly Sample[],
    private readonly aggregator: Aggregator = 'sum',
  ) {}

  metric(): Metric {
    const found = this.read();
    const values = typeof found === 'number' ? [{ labels: {}, value: found }] : found;
    return { name: this.name, help: this.help, type: 'gauge', aggregator: this.aggregator, values };
  }
}

/** Children by one label, made as its values appear; beyond `most` of them they are one, named `other`. */
export class ByLabel<Child> {
  private readonly children = new Map<string, Child>();

  constructor(
    private readonly make: (value: string) => Child,
    private readonly most: number,
  ) {}

  of(value: string): Child {
    const known = this.children.get(value);
    if (known !== undefined) return known;
    const name = this.children.size < this.most ? value : 'other';
    const child = (name === value ? undefined : this.children.get(name)) ?? this.make(name);
    this.children.set(name, child);
    return child;
  }
}
