/**
 * The composition root: everything that answers requests, put together from a configuration. The only place that knows
 * all of it.
 */
import type { Auth } from '../auth/index.js';
import { createDavHandler } from '../dav/index.js';
import type { AppParts } from './app.js';
import { startBackgroundWork } from './background.js';
import { ConfigError } from './config.js';
import type { Config } from './config.js';
import { createConsole } from './console/index.js';
import { ProfileSignerError, readSigningPair } from './console/profile-signature.js';
import { openCore } from './core.js';
import type { Core } from './core.js';
import { exchangeOf } from './exchange.js';
import { startDelivery } from './mail/delivery.js';
import { createPostman } from './mail/transport.js';
import { instrumentsOf, openMetrics } from './measuring.js';
import type { Log } from './observability/log.js';
import type { Metrics } from './observability/metrics/index.js';
import { openTraces, tracerOf } from './tracing.js';
import { readVersion } from './version.js';
import type { Role } from './workers.js';

/** Holds open files, threads and timers until it is disposed of. */
export interface Context extends Core, AppParts {
  readonly config: Config;
  readonly log: Log;
  /** Undefined where nothing is measured. */
  readonly metrics: Metrics | undefined;
}

/**
 * Opens everything. `buildApp(context)` makes the server that answers with it.
 * @throws ConfigError when profiles cannot be signed as configured, and as `openCore`
 */
export async function createContext(
  config: Config,
  log: Log,
  { works }: Pick<Role, 'works'>,
): Promise<Context> {
  await checkProfileSigner(config);
  const metrics = await openMetrics(config);
  const traces = await openTraces(config, log);
  const core = await openCore(config, log, instrumentsOf(metrics, traces, config, log, { works }));
  const { database, epoch } = core;
  const auth = metrics === undefined ? core.auth : countedAuth(core.auth, metrics);
  const dav = createDavHandler({
    database,
    limits: config,
    epoch,
    onSync: metrics && ((synchronization) => metrics.synchronizations.begun(synchronization)),
    baseUrl: config.baseUrl,
    directory: config.directory,
    authenticate: (request) => auth.basic.authenticate(request),
    onAnswer: (request) => auth.recentRequests.answered(request),
  });
  const background = works ? startBackgroundWork(core) : undefined;
  const postman = works ? createPostman(config, log) : undefined;
  const delivery = postman && startDelivery(core, postman);
  return {
    ...core,
    metrics,
    meter: metrics,
    tracer: traces && tracerOf(traces, config),
    dav,
    console: createConsole({
      auth,
      database,
      config: {
        baseUrl: config.baseUrl,
        allowInsecure: config.allowInsecure,
        version: readVersion(),
        profileSigner: config.profileSigner,
      },
      clientOf: exchangeOf,
      onError: (error, request) =>
        log.error({ requestId: exchangeOf(request).id, err: error }, 'page failed'),
    }),
    readiness: () => database.ping(),
    async dispose() {
      const handedOver = traces?.stop();
      await Promise.all([background?.stop(), delivery?.stop(), metrics?.stop()]);
      await core.dispose();
      await handedOver;
    },
  };
}

/** The same accounts; how authentication ends is counted. */
function countedAuth(auth: Auth, { authentication }: Metrics): Auth {
  const { basic, signIn, recentRequests } = auth;
  return {
    ...auth,
    basic: { authenticate: authentication.countingChecks((request) => basic.authenticate(request)) },
    signIn: authentication.countingSignIns(signIn),
    recentRequests: {
      ...recentRequests,
      answered: (request) => {
        if (request.appPasswordId !== undefined) authentication.refused(request.status, request.reason);
        recentRequests.answered(request);
      },
    },
  };
}

/** At the start, so that whoever runs the server learns of a wrong file, and not whoever sets up a phone. */
async function checkProfileSigner({ profileSigner }: Config): Promise<void> {
  try {
    if (profileSigner !== undefined) await readSigningPair(profileSigner);
  } catch (error) {
    if (!(error instanceof ProfileSignerError)) throw error;
    throw new ConfigError(`Profiles cannot be signed. ${error.message}`, { cause: error });
  }
}
