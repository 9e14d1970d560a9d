/**
 * Traces on their way to the collector (OTLP over HTTP). Whether it takes them changes nothing for anybody: what it does not
 * take is thrown away, and the log says so once, and once more when it takes them again.
 */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Log } from '../log.js';

type Taken = Parameters<SpanExporter['export']>[1];

/** The package that names it is not one of ours. */
const SUCCESS = 0;

export class Delivery implements SpanExporter {
  private fails = false;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly log: Log,
  ) {}

  export(spans: ReadableSpan[], taken: Taken): void {
    this.exporter.export(spans, (result) => {
      const code: number = result.code;
      if (code === SUCCESS) this.succeeded();
      else this.failed(result.error);
      taken(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  private failed(error: Error | undefined): void {
    if (this.fails) return;
    this.fails = true;
    // Not the error itself, which holds what the collector has answered.
    const { message, name } = error ?? { message: 'no reason was given', name: 'Error' };
    this.log.warn(
      { reason: `${name}: ${message}` },
      'traces are not taken, and are thrown away until they are',
    );
  }

  private succeeded(): void {
    if (!this.fails) return;
    this.fails = false;
    this.log.info('traces are taken again');
  }
}
