import type { Store } from '../contract/store.js'
import { InvalidArgumentError } from '../errors.js'
import { checkOptions, checkTimer } from '../job/checks.js'
import { type Codec, jsonCodec } from '../job/codec.js'
import type { Runtime } from '../runtime/runtime.js'
import { systemRuntime } from '../runtime/system-runtime.js'
import type { Logger } from './logger.js'

/** What a Scheduler, a Worker and an Inspector have in common. */
export interface ServiceOptions {
  readonly store: Store
  /**
   * How long one call of the store may take before it rejects with `STORE_TIMEOUT`. Default 10,000. A push that
   * waits for the batch before it may take twice as long.
   */
  readonly storeTimeoutMs?: number | undefined
  /** Default: JSON. The same one for every producer and worker of a namespace. */
  readonly codec?: Codec | undefined
  /** Gets what no `error` listener took. Default: `console`. */
  readonly logger?: Logger | undefined
  /** Time, timers, randomness and ids. Default: the system's; tests pass a `ManualClock`. */
  readonly runtime?: Runtime | undefined
}

const SERVICE_OPTION_NAMES: readonly string[] = ['store', 'storeTimeoutMs', 'codec', 'logger', 'runtime']

/** {@link ServiceOptions} with every default filled in. */
export type ServiceSettings = { readonly [Option in keyof ServiceOptions]-?: NonNullable<ServiceOptions[Option]> }

/**
 * Checks the names of all options of a `Scheduler`, `Worker` or `Inspector` and fills in the common defaults.
 * @throws InvalidArgumentError naming the option
 */
export function toSettings(of: string, options: ServiceOptions, ownNames: readonly string[] = []): ServiceSettings {
  if (typeof (options as Partial<Store> | undefined)?.claim === 'function') {
    throw new InvalidArgumentError(`a ${of} takes options: new ${of}({ store })`)
  }
  checkOptions(`${of} options`, options, [...SERVICE_OPTION_NAMES, ...ownNames])
  if (typeof (options.store as Partial<Store> | undefined)?.claim !== 'function') {
    throw new InvalidArgumentError('store must be a Store: new MemoryStore(), new RedisStore({ … }), …')
  }
  checkShape('codec', options.codec, ['encode', 'decode'])
  checkShape('logger', options.logger, ['warn', 'error'])
  checkShape('runtime', options.runtime, ['now', 'monotonic', 'setTimer', 'random', 'newId'])
  return {
    store: options.store,
    storeTimeoutMs: checkTimer('storeTimeoutMs', options.storeTimeoutMs ?? 10_000, 1),
    codec: options.codec ?? jsonCodec,
    logger: options.logger ?? console,
    runtime: options.runtime ?? systemRuntime,
  }
}

function checkShape(what: string, value: unknown, methods: readonly string[]): void {
  if (value === undefined) return
  const missing = methods.find((method) => typeof (value as Record<string, unknown> | null)?.[method] !== 'function')
  if (missing !== undefined) throw new InvalidArgumentError(`${what} must have a method ${missing}()`)
}
