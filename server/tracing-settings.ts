/** Whether requests are traced, by the standard variables of OpenTelemetry. */
import { ConfigError } from './config-error.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** How traces are delivered; the rest of what the variables say the packages read themselves. */
export interface Tracing {
  /** Milliseconds in which the collector must have taken a batch; undefined where a variable says it. */
  readonly timeoutMs: number | undefined;
}

/** At the end of the process what is left is handed over, for so long at most. */
const TIMEOUT_MS = 3_000;
const endpoints = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
const protocols = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'];
const timeouts = ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT'];

/**
 * Undefined where nothing is to be traced.
 * @throws ConfigError naming a variable whose address is none; not the address, which may hold a password
 */
export function tracingOf(environment: Environment): Tracing | undefined {
  const textOf = (name: string): string => environment[name]?.trim() ?? '';
  if (textOf('OTEL_SDK_DISABLED').toLowerCase() === 'true') return undefined;
  if (textOf('OTEL_TRACES_EXPORTER') === 'none') return undefined;
  const name = endpoints.find((each) => textOf(each) !== '');
  if (name === undefined) return undefined;
  if (!isWebAddress(textOf(name)))
    throw new ConfigError(`${name} is not understood: expected the http or https address of a collector.`);
  const protocol = protocols.find((each) => textOf(each) === 'grpc');
  if (protocol !== undefined)
    throw new ConfigError(
      `${protocol} is "grpc": expected http/json, which collectors take on port 4318. OTEL_TRACES_EXPORTER=none leaves traces away.`,
    );
  requireSampler(textOf('OTEL_TRACES_SAMPLER'), textOf('OTEL_TRACES_SAMPLER_ARG'));
  return { timeoutMs: timeouts.some((each) => textOf(each) !== '') ? undefined : TIMEOUT_MS };
}

const samplers = ['always_on', 'always_off', 'traceidratio'].flatMap((name) => [name, `parentbased_${name}`]);

/** The packages would take all requests where they do not understand which are wanted. */
function requireSampler(name: string, share: string): void {
  if (name !== '' && !samplers.includes(name))
    throw new ConfigError(
      `OTEL_TRACES_SAMPLER is ${JSON.stringify(name)}: expected one of ${samplers.join(', ')}.`,
    );
  if (name.endsWith('traceidratio') && !/^(0|1|0?\.\d+|1\.0+)$/.test(share))
    throw new ConfigError(
      `OTEL_TRACES_SAMPLER_ARG is ${JSON.stringify(share)}: expected the share of requests, from 0 to 1.`,
    );
}

const isWebAddress = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
