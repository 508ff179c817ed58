import type { ClaimedJob, Lease } from '../contract/job.js'
import { type GoschedsError, NonRetryableError } from '../errors.js'
import type { Codec } from '../job/codec.js'
import type { Job, JobSchedule } from '../job/handler.js'
import type { ScheduleOrigin } from '../job/origin.js'
import { decodeClaimed, decodePayload, type ResolvedOptions, toGroup } from '../job/record.js'
import { parseWith, type StandardSchema } from '../job/standard-schema.js'
import { retryPauseMs } from '../service/loop.js'
import { sleep } from '../service/sleep.js'
import type { CancelTimer } from '../runtime/runtime.js'
import { type AbortCode, abortReason } from './abort-reason.js'
import { AttemptContext, type ContextHost, type Release } from './attempt-context.js'
import { type Circumstances, endOf, endUnread, type HandlerEnd } from './attempt-end.js'
import type { AttemptEnvironment, Registration } from './attempt-environment.js'
import type { Reporter } from './reporter.js'
import { isAsyncGenerator, runGenerator } from './run-generator.js'

/** How long a handler may go on after its signal was aborted, before its slot is taken from it. */
const ABORT_GRACE_MS = 1_000

/** One run of one claimed job: decodes it, calls the handler, and decides how the claim ends. */
export class Attempt implements ContextHost, Circumstances {
  readonly claimed: ClaimedJob
  readonly lease: Lease
  /** Monotonic time at which the call that granted or last extended its lease was sent. */
  grantedAt: number
  /** Where it stands among the held leases, for the {@link LeaseKeeper}; -1 where it does not. */
  place = -1
  readonly registration: Registration
  readonly environment: AttemptEnvironment
  #job: Job | null = null
  #options: ResolvedOptions | undefined
  #controller: AbortController | undefined
  #abortCode: AbortCode | undefined
  /** What its handler came to, while what it reported is on its way to the store. */
  #outcome: HandlerEnd | undefined
  #cancelGrace: CancelTimer | undefined
  #cancelTimeout: CancelTimer | undefined
  /** `reporting`: the handler has ended, and what it reported is on its way to the store. */
  #phase: 'running' | 'reporting' | 'over' = 'running'
  #context: AttemptContext | undefined

  constructor(claimed: ClaimedJob, grantedAt: number, registration: Registration, environment: AttemptEnvironment) {
    this.claimed = claimed
    this.grantedAt = grantedAt
    this.lease = { id: claimed.id, name: claimed.name, fence: claimed.fence }
    this.registration = registration
    this.environment = environment
  }

  /** The job as the handler sees it; `null` while, or because, its record has not been read. */
  get job(): Job | null {
    return this.#job
  }

  get options(): ResolvedOptions {
    if (this.#options === undefined) throw new TypeError('the record of the job has not been read')
    return this.#options
  }

  /** Attempts used before this one. */
  get attempts(): number {
    return this.claimed.attempts
  }

  get abortCode(): AbortCode | undefined {
    return this.#abortCode
  }

  goneBackBy(thrown: unknown): Release | undefined {
    return this.#context?.goneBackBy(thrown)
  }

  get codec(): Codec {
    return this.environment.codec
  }

  get holdsNames(): boolean {
    return this.environment.holdsNames
  }

  get reporter(): Reporter {
    return this.environment.reporter
  }

  /** Whether its handler has ended, or its slot was taken from it. */
  get hasEnded(): boolean {
    return this.#phase !== 'running'
  }

  /** Made when it is first asked for: most handlers never do. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#abortCode !== undefined) this.#controller.abort(abortReason(this.#abortCode))
    }
    return this.#controller.signal
  }

  onLost(): void {
    this.abort('LEASE_LOST')
  }

  /** It will not run: its job goes back as it is. */
  skip(): void {
    this.#phase = 'over'
  }

  onFault(error: unknown): void {
    this.environment.onFault(error)
  }

  /**
   * Aborts the handler's signal. A second later its slot is taken from a handler that goes on all the same;
   * what it then does is nobody's concern any more. A second reason changes nothing; one that comes after the handler
   * has ended only bounds the wait for what it reported.
   */
  abort(code: AbortCode): void {
    if (this.#phase === 'over') return
    this.#cancelGrace ??= this.environment.runtime.setTimer(ABORT_GRACE_MS, () => this.#giveUp())
    this.#askToEnd(code)
  }

  /** Aborts the handler's signal, and leaves it its slot. */
  #askToEnd(code: AbortCode): void {
    if (this.#phase !== 'running' || this.#abortCode !== undefined) return
    this.#abortCode = code
    this.#controller?.abort(abortReason(code))
  }

  /** Never throws. Tells the listener of its end at once where nothing has to be waited for. */
  run(): void {
    let decoded: ReturnType<typeof decodeClaimed>
    try {
      decoded = decodeClaimed(this.claimed, this.codec)
    } catch (error) {
      this.#markOver()
      this.environment.listener.ended(this, endUnread(error as GoschedsError))
      return
    }
    const { args, options } = decoded
    this.#options = options
    const job = toJob(this.claimed, args, options, this.#checkpoint())
    this.#job = job
    // Its lease was lost, or its job cancelled, while other handlers kept it from beginning.
    if (this.#abortCode !== undefined) {
      this.#conclude({ ok: false, error: abortReason(this.#abortCode) })
      return
    }
    if (options.timeoutMs !== undefined) {
      this.#cancelTimeout = this.environment.runtime.setTimer(options.timeoutMs, () => this.abort('JOB_TIMED_OUT'))
    }
    this.#runHandler(job)
  }

  #conclude(end: HandlerEnd): void {
    const { listener } = this.environment
    this.#markOver()
    const decided = endOf(end, this)
    if (decided instanceof Promise) void decided.then((later) => listener.ended(this, later))
    else listener.ended(this, decided)
  }

  #markOver(): void {
    this.#phase = 'over'
    this.#cancelGrace?.()
    this.#cancelTimeout?.()
  }

  #runHandler(job: Job): void {
    const { argsSchema } = this.registration
    if (argsSchema !== undefined) {
      this.#await(this.#parseArgs(argsSchema, job.args).then((args) => this.#callHandler({ ...job, args })))
      return
    }
    try {
      const returned = this.#callHandler(job)
      if (mayBeThenable(returned)) this.#await(Promise.resolve(returned))
      else this.#handlerEnded({ ok: true, value: returned })
    } catch (error) {
      this.#handlerEnded({ ok: false, error })
    }
  }

  #await(returned: Promise<unknown>): void {
    const fail = (error: unknown): void => this.#handlerEnded({ ok: false, error })
    returned.then((value) => {
      try {
        if (isAsyncGenerator(value)) this.#await(this.#runGenerator(value))
        else this.#handlerEnded({ ok: true, value })
      } catch (error) {
        // It may be a trap that throws when it is looked at.
        fail(error)
      }
    }, fail)
  }

  #handlerEnded(outcome: HandlerEnd): void {
    if (this.#phase !== 'running') return
    this.#phase = 'reporting'
    this.#cancelTimeout?.()
    // What was reported must be stored before the attempt is settled: then its lease is gone.
    if (this.#context?.isReporting !== true) {
      this.#conclude(outcome)
      return
    }
    this.#outcome = outcome
    void this.#context.flushed().then(() => this.#giveUp())
  }

  /** Ends the attempt although its handler, or what it reported, may not have come to an end. */
  #giveUp(): void {
    // One that has not begun ends when its turn comes.
    if (this.#phase === 'over' || this.#options === undefined) return
    this.#conclude(this.#outcome ?? { ok: false, error: abortReason(this.#abortCode ?? 'LEASE_LOST') })
  }

  #callHandler(job: Job): unknown {
    // A slow schema may have outlived the attempt's slot, and with it the lease.
    if (this.hasEnded) throw abortReason(this.#abortCode ?? 'LEASE_LOST')
    this.#job = job
    this.environment.listener.started(job)
    this.#context = new AttemptContext(this)
    return this.registration.handler(job as Job<never>, this.#context)
  }

  #runGenerator(generator: AsyncGenerator<unknown, unknown, void>): Promise<unknown> {
    const context = this.#context ?? new AttemptContext(this)
    return runGenerator(generator, {
      checkpoint: (value) => context.checkpoint(value),
      hasEnded: () => this.hasEnded,
      giveWay: () => sleep(this.environment.runtime, 0),
      afterFault: (error, failures) => {
        this.onFault(error)
        const { runtime } = this.environment
        return sleep(runtime, retryPauseMs(failures, runtime), this.signal)
      },
      reasonToEnd: () => {
        // Its clean-up has the grace of the stop, as other handlers have; the worker aborts it after that.
        if (this.environment.isStopping()) this.#askToEnd('WORKER_STOPPING')
        return this.#abortCode === undefined ? undefined : abortReason(this.#abortCode)
      },
    })
  }

  /** What an earlier run left. One that cannot be read is a fault, and the job begins anew. */
  #checkpoint(): unknown {
    const { checkpoint } = this.claimed
    if (checkpoint === undefined) return undefined
    try {
      return decodePayload(checkpoint, this.codec, 'checkpoint')
    } catch (error) {
      this.onFault(error)
      return undefined
    }
  }

  async #parseArgs(schema: StandardSchema, args: unknown): Promise<unknown> {
    try {
      return await parseWith(schema, args, 'args')
    } catch (error) {
      throw new NonRetryableError((error as Error).message, { cause: error })
    }
  }
}

function mayBeThenable(value: unknown): boolean {
  return typeof value === 'object' ? value !== null : typeof value === 'function'
}

function toJob(claimed: ClaimedJob, args: unknown, options: ResolvedOptions, checkpoint: unknown): Job {
  return {
    id: claimed.id,
    name: claimed.name,
    args,
    attempt: claimed.attempts + 1,
    maxAttempts: options.maxAttempts,
    recoveries: claimed.recoveries,
    executeAt: new Date(claimed.executeAt),
    enqueuedAt: new Date(claimed.enqueuedAt),
    startedAt: new Date(claimed.claimedAt),
    metadata: options.metadata,
    group: toGroup(claimed.group),
    schedule: options.schedule && toJobSchedule(options.schedule, claimed.claimedAt),
    checkpoint,
    fence: claimed.fence,
  }
}

function toJobSchedule({ id, at }: ScheduleOrigin, claimedAt: number): JobSchedule {
  return { id, fireAt: new Date(at), lateMs: claimedAt - at }
}
