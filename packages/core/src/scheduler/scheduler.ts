import { setMaxListeners } from 'node:events'
import { GoschedsError, InvalidArgumentError } from '../errors.js'
import { checkName, checkNumber, checkOptions, checkTimer, show } from '../job/checks.js'
import type { JobDefinition, JobEntry } from '../job/definition.js'
import type { DueTime, PushOptions } from '../job/options.js'
import { Emitter, type ErrorEvent } from '../service/emitter.js'
import { HintSubscription } from '../service/hint-subscription.js'
import { Loop } from '../service/loop.js'
import { type ServiceOptions, type ServiceSettings, toSettings } from '../service/settings.js'
import { StoreCalls } from '../service/store-calls.js'
import { UnderWay } from '../service/under-way.js'
import type { ReapedJob } from '../contract/outcomes.js'
import { type FiredEvent, Firing, type MissedEvent } from '../schedule/firing.js'
import { Schedules } from '../schedule/schedules.js'
import { Producer, type PushManyResult, type PushResult } from './producer.js'
import { type ResultOptions, ResultWait } from './result.js'
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
  /** The reaper ended a job as dead because its `expiresAt` had come before any worker claimed it. */
  expired: { readonly id: string; readonly name: string }
  /** This scheduler made a fire of a schedule in its turn. */
  fired: FiredEvent
  /** This scheduler passed over times of a schedule that had come too late to be caught up. */
  missed: MissedEvent
}

/** The state of a Scheduler, for health checks. */
export interface SchedulerHealth {
  readonly running: boolean
  /** Whether the last call of the store that ended was answered; false before the first. */
  readonly connected: boolean
  /** When a call of the store last succeeded; `null` before the first. */
  readonly lastSuccessAt: Date | null
  /** Pushes, and calls of `schedules`, that are under way. */
  readonly inFlight: number
  /**
   * By how many milliseconds the last look at the scheduled set came later than it was planned: a busy process, or a
   * store that is slow to answer. `null` before the first.
   */
  readonly lagMs: number | null
}

const OPTION_NAMES = ['reapIntervalMs', 'promotionCapMs', 'maxRecoveries', 'maxDeadPerName']

/** Beyond the longest silence of a store that is there: when no call has succeeded for so long, the store is away. */
const SLACK_MS = 1_000

/**
 * Producer and time keeper. `push`, `pushScheduled`, `pushMany` and `schedules` work without `start()`; a started one
 * also promotes jobs at their time, fires schedules, puts back those of vanished workers, and removes finished ones past
 * their retention. Any number may run on one store: every step is atomic there, and none leads.
 */
export class Scheduler implements AsyncDisposable {
  /** The recurring schedules of the store. */
  readonly schedules: Schedules
  readonly #settings: ServiceSettings
  readonly #calls: StoreCalls
  readonly #stopping = new AbortController()
  readonly #waits = new Set<Promise<void>>()
  readonly #underWay = new UnderWay()
  readonly #producer: Producer
  readonly #events: Emitter<SchedulerEvents>
  readonly #promotion: Loop
  readonly #services: readonly { start(): void; stop(): Promise<void> }[]
  #lagMs: number | null = null
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
    this.#settings = settings
    // Every wait for a result listens to it: many of them are no leak.
    setMaxListeners(0, this.#stopping.signal)
    this.#calls = new StoreCalls(settings.store, runtime, settings.storeTimeoutMs)
    this.#producer = new Producer(settings, this.#calls, this.#underWay, () => this.#refuseWhenStopped())
    this.#events = new Emitter(settings.logger, ['reaped', 'expired', 'fired', 'missed', 'error'])

    const calls = this.#calls
    const onError = (error: unknown): void => this.#events.fault(error)
    this.schedules = new Schedules({
      ...{ settings, calls, underWay: this.#underWay, refuseWhenStopped: () => this.#refuseWhenStopped() },
    })
    const firing = new Firing({
      ...{ calls, runtime, onError },
      onFired: (event) => this.#events.emit('fired', event),
      onMissed: (event) => this.#events.emit('missed', event),
    })
    const onHint = (): void => this.#promotion.wake()
    this.#promotion = new Loop({
      runtime,
      onError,
      step: promoteStep({ calls, runtime, capMs, firing, onLook: (lateMs) => (this.#lagMs = lateMs) }),
    })
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
          onReaped: (job) => this.#events.emit('reaped', job),
          onExpired: (job) => this.#events.emit('expired', job),
        }),
      }),
      new Loop({ runtime, onError, step: pruneStep({ calls, runtime, maxDeadPerName }) }),
      new HintSubscription({ runtime, calls, onHint, onError }),
    ]
  }

  /**
   * Pushes a job that is due now. Resolves when the store has it. Pushes that are not awaited
   * reach the store in their order; one that carries out calls side by side, or has to be sent some again, may change it.
   * @throws `INVALID_ARGUMENT`, `ARGS_NOT_SERIALIZABLE`, `ARGS_TOO_LARGE`: nothing is stored;
   * `STORE_FAILED`, `STORE_TIMEOUT`: it may be stored; push it again with the same `id` to be sure
   */
  push<Args>(
    target: string | JobDefinition<Args, unknown, unknown>,
    args: NoInfer<Args>,
    options: PushOptions = {},
  ): Promise<PushResult> {
    return this.#producer.push(target, args, options)
  }

  /** Pushes a job that is due at a time, or after a span. What is due already goes straight to its queue. @throws as `push` */
  pushScheduled<Args>(
    target: string | JobDefinition<Args, unknown, unknown>,
    args: NoInfer<Args>,
    options: DueTime & PushOptions,
  ): Promise<PushResult> {
    return this.#producer.pushScheduled(target, args, options)
  }

  /**
   * Waits for what the handler of a job returns, whichever process runs it. The job must be kept when it completes
   * (`retain: { completedMs }`). Works without `start()`.
   * @throws the error that the job is dead of, as far as it was kept; `JOB_DEAD` when it has none (expired, or its
   * workers vanished); `CANCELLED`; at once `NOT_FOUND` and `RESULT_NOT_RETAINED`; `RESULT_TIMEOUT`; the signal's
   * reason; `UNDECODABLE_RECORD`, `UNSUPPORTED_RECORD`; `INVALID_STATE` when this Scheduler is stopped meanwhile
   */
  async result<Result = unknown>(id: string, options: ResultOptions = {}): Promise<Result> {
    this.#refuseWhenStopped()
    checkOptions('result options', options, ['timeoutMs', 'signal'])
    const timeoutMs = checkTimer('timeoutMs', options.timeoutMs ?? 30_000)
    const { signal } = options
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new InvalidArgumentError(`signal must be an AbortSignal, got ${show(signal)}`)
    }
    const signals = signal === undefined ? [this.#stopping.signal] : [signal, this.#stopping.signal]
    const { runtime, codec } = this.#settings
    const { answer, released } = new ResultWait({
      ...{ id: checkName('id', id), calls: this.#calls, runtime, codec, timeoutMs, signals },
    })
    this.#waits.add(released)
    void released.then(() => this.#waits.delete(released))
    return (await answer) as Result
  }

  /**
   * Pushes many jobs, in order, with an outcome per entry: one that is not valid is `rejected` and its
   * neighbours are stored. Atomic per chunk of 1,000 (or of 16 Mi characters of args).
   * @throws `STORE_FAILED`, `STORE_TIMEOUT`: some chunks may be stored
   */
  pushMany(entries: readonly JobEntry[]): Promise<PushManyResult[]> {
    return this.#producer.pushMany(entries)
  }

  /** Begins to keep time in the background. Does nothing when it runs already. @throws `INVALID_STATE` after `stop()` */
  start(): void {
    this.#refuseWhenStopped()
    this.#state = 'running'
    for (const service of this.#services) service.start()
  }

  /**
   * Stops keeping time, after the step under way, and waits for pushes and calls of `schedules` under way, however many
   * they are. The store stays open. Safe to call twice; a stopped Scheduler is not started again.
   */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#stopped ??= this.#stop()
    await this.#stopped
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new GoschedsError('INVALID_STATE', 'this Scheduler has been stopped'))
    const stopped = await Promise.allSettled([...this.#services.map((service) => service.stop()), ...this.#waits])
    for (const result of stopped) if (result.status === 'rejected') this.#events.fault(result.reason)
    await this.#underWay.idle()
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
    const { lastSuccessAt, connected } = this.#calls
    return {
      running: this.#state === 'running',
      connected,
      lastSuccessAt: lastSuccessAt === null ? null : new Date(lastSuccessAt),
      inFlight: this.#underWay.count,
      lagMs: this.#lagMs,
    }
  }

  #refuseWhenStopped(): void {
    if (this.#state === 'stopped') {
      throw new GoschedsError('INVALID_STATE', 'this Scheduler has been stopped; make a new one')
    }
  }
}
