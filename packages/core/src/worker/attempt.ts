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
import { AttemptContext, type ContextHost } from './attempt-context.js'
import { type AttemptEnd, endOf, endUnread, type HandlerEnd } from './attempt-end.js'
import type { AttemptEnvironment, Registration } from './attempt-environment.js'
import type { Reporter } from './reporter.js'
import { isAsyncGenerator, runGenerator } from './run-generator.js'

/** How long a handler may go on after its signal was aborted, before its slot is taken from it. */
const ABORT_GRACE_MS = 1_000

/** One run of one claimed job: decodes it, calls the handler, and decides how the claim ends. */
export class Attempt implements ContextHost {
  readonly claimed: ClaimedJob
  readonly lease: Lease
  readonly #registration: Registration
  readonly #environment: AttemptEnvironment
  #job: Job | null = null
  #controller: AbortController | undefined
  #abortCode: AbortCode | undefined
  #giveUp: (() => void) | undefined
  #cancelGrace: CancelTimer | undefined
  #cancelTimeout: CancelTimer | undefined
  /** `reporting`: the handler has ended, and what it reported is on its way to the store. */
  #phase: 'running' | 'reporting' | 'over' = 'running'
  #context: AttemptContext | undefined

  constructor(claimed: ClaimedJob, registration: Registration, environment: AttemptEnvironment) {
    this.claimed = claimed
    this.lease = { id: claimed.id, name: claimed.name, fence: claimed.fence }
    this.#registration = registration
    this.#environment = environment
  }

  /** The job as the handler sees it; `null` while, or because, its record has not been read. */
  get job(): Job | null {
    return this.#job
  }

  get codec(): Codec {
    return this.#environment.codec
  }

  get holdsNames(): boolean {
    return this.#environment.holdsNames
  }

  get reporter(): Reporter {
    return this.#environment.reporter
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

  onFault(error: unknown): void {
    this.#environment.onFault(error)
  }

  /**
   * Aborts the handler's signal. A second later its slot is taken from a handler that goes on all the same;
   * what it then does is nobody's concern any more. A second reason changes nothing; one that comes after the handler
   * has ended only bounds the wait for what it reported.
   */
  abort(code: AbortCode): void {
    if (this.#phase === 'over') return
    this.#cancelGrace ??= this.#environment.runtime.setTimer(ABORT_GRACE_MS, () => this.#giveUp?.())
    this.#askToEnd(code)
  }

  /** Aborts the handler's signal, and leaves it its slot. */
  #askToEnd(code: AbortCode): void {
    if (this.#phase !== 'running' || this.#abortCode !== undefined) return
    this.#abortCode = code
    this.#controller?.abort(abortReason(code))
  }

  /** Never rejects. `onStart` is called right before the handler is, and not for a job that cannot be read. */
  async run(onStart: (job: Job) => void): Promise<AttemptEnd> {
    let decoded: ReturnType<typeof decodeClaimed>
    try {
      decoded = decodeClaimed(this.claimed, this.codec)
    } catch (error) {
      this.#markOver()
      return endUnread(error as GoschedsError)
    }
    const { args, options } = decoded
    this.#job = toJob(this.claimed, args, options, this.#checkpoint())
    const end = await this.#endOfHandler(this.#job, options.timeoutMs, onStart)
    this.#markOver()
    return endOf(end, {
      options,
      registration: this.#registration,
      environment: this.#environment,
      attempts: this.claimed.attempts,
      abortCode: this.#abortCode,
      goneBackBy: (thrown) => this.#context?.goneBackBy(thrown),
    })
  }

  #endOfHandler(
    job: Job,
    timeoutMs: number | undefined,
    onStart: (job: Job) => void,
  ): HandlerEnd | Promise<HandlerEnd> {
    // Its lease was lost, or its job cancelled, while other handlers kept it from beginning.
    if (this.#abortCode !== undefined) return { ok: false, error: abortReason(this.#abortCode) }
    if (timeoutMs !== undefined) {
      this.#cancelTimeout = this.#environment.runtime.setTimer(timeoutMs, () => this.abort('JOB_TIMED_OUT'))
    }
    return this.#runHandler(job, onStart)
  }

  #markOver(): void {
    this.#phase = 'over'
    this.#cancelGrace?.()
    this.#cancelTimeout?.()
  }

  #runHandler(job: Job, onStart: (job: Job) => void): Promise<HandlerEnd> {
    return new Promise((resolve) => {
      const end = (outcome: HandlerEnd): void => {
        if (this.#phase !== 'running') return
        this.#phase = 'reporting'
        this.#cancelTimeout?.()
        this.#giveUp = () => resolve(outcome)
        // What was reported must be stored before the attempt is settled: then its lease is gone.
        if (this.#context?.isReporting === true) void this.#context.flushed().then(this.#giveUp)
        else resolve(outcome)
      }
      this.#giveUp = () => resolve({ ok: false, error: abortReason(this.#abortCode ?? 'LEASE_LOST') })
      this.#callHandler(job, onStart).then(
        (value) => end({ ok: true, value }),
        (error: unknown) => end({ ok: false, error }),
      )
    })
  }

  async #callHandler(job: Job, onStart: (job: Job) => void): Promise<unknown> {
    const { handler, argsSchema } = this.#registration
    const parsed = argsSchema === undefined ? job : { ...job, args: await this.#parseArgs(argsSchema, job.args) }
    // A slow schema may have outlived the attempt's slot, and with it the lease.
    if (this.hasEnded) throw abortReason(this.#abortCode ?? 'LEASE_LOST')
    this.#job = parsed
    onStart(parsed)
    const context = (this.#context = new AttemptContext(this))
    const returned: unknown = await handler(parsed as Job<never>, context)
    if (!isAsyncGenerator(returned)) return returned
    return runGenerator(returned, {
      checkpoint: (value) => context.checkpoint(value),
      hasEnded: () => this.hasEnded,
      giveWay: () => sleep(this.#environment.runtime, 0),
      afterFault: (error, failures) => {
        this.onFault(error)
        const { runtime } = this.#environment
        return sleep(runtime, retryPauseMs(failures, runtime), this.signal)
      },
      reasonToEnd: () => {
        // Its clean-up has the grace of the stop, as other handlers have; the worker aborts it after that.
        if (this.#environment.isStopping()) this.#askToEnd('WORKER_STOPPING')
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
