import { GoschedsError, InvalidArgumentError } from '../errors.js'
import { checkNumber, checkTimer } from '../job/checks.js'
import type { JobDefinition, JobEntry } from '../job/definition.js'
import type { DueTime, PushOptions } from '../job/options.js'
import { Emitter, type ErrorEvent } from '../service/emitter.js'
import { HintSubscription } from '../service/hint-subscription.js'
import { Loop } from '../service/loop.js'
import { type ServiceOptions, toSettings } from '../service/settings.js'
import { StoreCalls } from '../service/store-calls.js'
import type { ReapedJob } from '../contract/outcomes.js'
import { Producer, type PushManyResult, type PushResult } from './producer.js'
import { AFTER_OUTAGE_MS, pruneStep, promoteStep, reapStep } from './time-keeping.js'

/** Options of a {@link Scheduler}. */
export interface SchedulerOptions extends ServiceOptions {
  /** How often to look for leases that have run out, in milliseconds, jittered by a fifth. Default 5,000. */
  readonly reapIntervalMs?: number | undefined
  /** The longest sleep between two looks at the scheduled set, in milliseconds. Default 5,000. */
  readonly promotionCapMs?: number | undefined
  /** How often a job whose worker vanished is put back before it is dead. Default 3. */
  readonly maxRecoveries?: number | undefined
  /** How many dead jobs of a name to keep at the most: those whose retention ends last. Default 10,000. */
  readonly maxDeadPerName?: number | undefined
}

/** What a Scheduler emits. */
export interface SchedulerEvents extends ErrorEvent {
  /** The reaper ended a lease that had run out: its worker died, hung, or lost the store. */
  reaped: ReapedJob
}

/** The state of a Scheduler, for health checks. */
export interface SchedulerHealth {
  readonly running: boolean
  /** When a call of the store last succeeded; `null` before the first. */
  readonly lastSuccessAt: Date | null
}

const OPTION_NAMES = ['reapIntervalMs', 'promotionCapMs', 'maxRecoveries', 'maxDeadPerName']

/** Beyond the longest silence of a store that is there: when no call has succeeded for so long, the store is away. */
const SLACK_MS = 1_000

/**
 * Producer and time keeper. `push`, `pushScheduled` and `pushMany` work without `start()`; a started one
 * also promotes jobs at their time, puts back those of vanished workers, and removes finished ones past
 * their retention. Any number may run on one store: every step is atomic there, and none leads.
 */
export class Scheduler implements AsyncDisposable {
  readonly #calls: StoreCalls
  readonly #producer: Producer
  readonly #events: Emitter<SchedulerEvents>
  readonly #promotion: Loop
  readonly #services: readonly { start(): void; stop(): Promise<void> }[]
  #state: 'idle' | 'running' | 'stopped' = 'idle'
  #stopped: Promise<void> | undefined

  /** @throws InvalidArgumentError naming the option that is wrong or unknown */
  constructor(options: SchedulerOptions) {
    const settings = toSettings('Scheduler', options, OPTION_NAMES)
    const reapIntervalMs = checkTimer('reapIntervalMs', options.reapIntervalMs ?? 5_000, 1)
    const capMs = checkTimer('promotionCapMs', options.promotionCapMs ?? 5_000, 1)
    const maxRecoveries = checkNumber('maxRecoveries', options.maxRecoveries ?? 3, { min: 0, max: 1_000_000 })
    const maxDeadPerName = checkNumber('maxDeadPerName', options.maxDeadPerName ?? 10_000, { min: 0, max: 1e9 })
    const { runtime } = settings
    this.#calls = new StoreCalls(settings.store, runtime, settings.storeTimeoutMs)
    this.#producer = new Producer(settings, this.#calls)
    this.#events = new Emitter(settings.logger, ['reaped', 'error'])

    const calls = this.#calls
    const onError = (error: unknown): void => this.#events.fault(error)
    const onReaped = (job: ReapedJob): void => this.#events.emit('reaped', job)
    const onHint = (): void => this.#promotion.wake()
    this.#promotion = new Loop({ runtime, onError, step: promoteStep({ calls, runtime, capMs }) })
    this.#services = [
      this.#promotion,
      new Loop({
        runtime,
        onError,
        step: reapStep({
          calls,
          runtime,
          reapIntervalMs,
          silenceMs: Math.max(capMs, AFTER_OUTAGE_MS) + SLACK_MS,
          maxRecoveries,
          onReaped,
        }),
      }),
      new Loop({ runtime, onError, step: pruneStep({ calls, runtime, maxDeadPerName }) }),
      new HintSubscription({ runtime, calls, onHint, onError }),
    ]
  }

  /**
   * Pushes a job that is due now. Resolves when the store has it.
   * @throws `INVALID_ARGUMENT`, `ARGS_NOT_SERIALIZABLE`, `ARGS_TOO_LARGE`: nothing is stored;
   * `STORE_FAILED`, `STORE_TIMEOUT`: it may be stored; push it again with the same `id` to be sure
   */
  async push<Args>(
    target: string | JobDefinition<Args, unknown, unknown>,
    args: NoInfer<Args>,
    options: PushOptions = {},
  ): Promise<PushResult> {
    this.#refuseWhenStopped()
    return this.#producer.push(target, args, options)
  }

  /** Pushes a job that is due at a time, or after a span. What is due already goes straight to its queue. @throws as `push` */
  async pushScheduled<Args>(
    target: string | JobDefinition<Args, unknown, unknown>,
    args: NoInfer<Args>,
    options: DueTime & PushOptions,
  ): Promise<PushResult> {
    this.#refuseWhenStopped()
    return this.#producer.pushScheduled(target, args, options)
  }

  /**
   * Pushes many jobs, in order, with an outcome per entry: one that is not valid is `rejected` and its
   * neighbours are stored. Atomic per chunk of 1,000 (or of 16 Mi characters of args).
   * @throws `STORE_FAILED`, `STORE_TIMEOUT`: some chunks may be stored
   */
  async pushMany(entries: readonly JobEntry[]): Promise<PushManyResult[]> {
    this.#refuseWhenStopped()
    if (!Array.isArray(entries)) throw new InvalidArgumentError('pushMany needs an array of entries')
    return this.#producer.pushMany(entries)
  }

  /** Begins to keep time in the background. Does nothing when it runs already. @throws `INVALID_STATE` after `stop()` */
  start(): void {
    this.#refuseWhenStopped()
    this.#state = 'running'
    for (const service of this.#services) service.start()
  }

  /**
   * Stops keeping time, after the step under way, and waits for pushes under way, however many they are. The
   * store stays open.
   * Safe to call twice; a stopped Scheduler is not started again.
   */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#stopped ??= this.#stop()
    await this.#stopped
  }

  async #stop(): Promise<void> {
    const stopped = await Promise.allSettled(this.#services.map((service) => service.stop()))
    for (const result of stopped) if (result.status === 'rejected') this.#events.fault(result.reason)
    await this.#producer.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  on<Name extends keyof SchedulerEvents>(name: Name, listener: (event: SchedulerEvents[Name]) => void): this {
    this.#events.on(name, listener)
    return this
  }

  off<Name extends keyof SchedulerEvents>(name: Name, listener: (event: SchedulerEvents[Name]) => void): this {
    this.#events.off(name, listener)
    return this
  }

  health(): SchedulerHealth {
    const { lastSuccessAt } = this.#calls
    return {
      running: this.#state === 'running',
      lastSuccessAt: lastSuccessAt === null ? null : new Date(lastSuccessAt),
    }
  }

  #refuseWhenStopped(): void {
    if (this.#state === 'stopped') {
      throw new GoschedsError('INVALID_STATE', 'this Scheduler has been stopped; make a new one')
    }
  }
}
