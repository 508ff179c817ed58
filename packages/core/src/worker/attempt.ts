import type { ClaimedJob, Lease, Retention } from '../contract/job.js'
import type { Settlement } from '../contract/outcomes.js'
import { type GoschedsError, NonRetryableError } from '../errors.js'
import { type Backoff, type BackoffFunction, defaultBackoff, retryDelayMs } from '../job/backoff.js'
import { checkSpan } from '../job/checks.js'
import { type Codec, encodeWith } from '../job/codec.js'
import { isNonRetryable, toError, toFailure } from '../job/failure.js'
import type { Handler, Job } from '../job/handler.js'
import { DEFAULT_RETENTION } from '../job/options.js'
import { decodeClaimed, decodePayload, type ResolvedOptions } from '../job/record.js'
import { parseWith, type StandardSchema } from '../job/standard-schema.js'
import type { CancelTimer, Runtime } from '../runtime/runtime.js'
import { type AbortCode, abortReason } from './abort-reason.js'
import { AttemptContext, type ContextHost } from './attempt-context.js'
import type { Reporter } from './reporter.js'
import { isAsyncGenerator, runGenerator } from './run-generator.js'

/** The most bytes that a retained result may have when encoded: 256 KiB. */
const MAX_RESULT_BYTES = 256 * 1024

/** How long a handler may go on after its signal was aborted, before its slot is taken from it. */
const ABORT_GRACE_MS = 1_000

/** A newer release's job is left to newer workers: this one looks away for so long. */
const UNSUPPORTED_DELAY_MS = 60_000

/** What a worker runs for one name. */
export interface Registration {
  readonly name: string
  readonly handler: Handler<never>
  readonly concurrency: number
  readonly argsSchema: StandardSchema | undefined
  readonly resultSchema: StandardSchema | undefined
  /** The handler's own, or its definition's. */
  readonly backoff: BackoffFunction | undefined
}

/** What the attempts of a worker have in common. */
export interface AttemptEnvironment {
  readonly codec: Codec
  readonly runtime: Runtime
  readonly reporter: Reporter
  /** Whether the worker claims no more: a generator ends at its next checkpoint. */
  readonly isStopping: () => boolean
  readonly onFault: (error: unknown) => void
}

/** How an attempt ended: what to tell the store, and what to tell listeners. */
export interface AttemptEnd {
  readonly settlement: Settlement
  /** The handler's result, or what it threw. */
  readonly value: unknown
  /** A fault that does not change the outcome but should be heard of. */
  readonly fault?: Error
}

type HandlerEnd = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

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
  #hasEnded = false
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

  get reporter(): Reporter {
    return this.#environment.reporter
  }

  get hasEnded(): boolean {
    return this.#hasEnded
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
   * what it then does is nobody's concern any more. A second reason, or one after the end, changes nothing.
   */
  abort(code: AbortCode): void {
    if (this.#hasEnded || this.#abortCode !== undefined) return
    this.#abortCode = code
    this.#controller?.abort(abortReason(code))
    this.#cancelGrace = this.#environment.runtime.setTimer(ABORT_GRACE_MS, () => this.#giveUp?.())
  }

  /** Never rejects. `onStart` is called right before the handler is, and not for a job that cannot be read. */
  async run(onStart: (job: Job) => void): Promise<AttemptEnd> {
    let decoded: ReturnType<typeof decodeClaimed>
    try {
      decoded = decodeClaimed(this.claimed, this.codec)
    } catch (error) {
      this.#markEnded()
      return endUnread(error as GoschedsError)
    }
    const job = toJob(this.claimed, decoded.args, decoded.options, this.#checkpoint())
    this.#job = job
    if (this.#abortCode !== undefined) return this.#endUnstarted(this.#abortCode, decoded.options)
    const { timeoutMs } = decoded.options
    const cancelTimeout =
      timeoutMs === undefined
        ? undefined
        : this.#environment.runtime.setTimer(timeoutMs, () => this.abort('JOB_TIMED_OUT'))
    const end = await this.#runHandler(job, onStart)
    this.#markEnded()
    cancelTimeout?.()
    if (end.ok && this.#abortCode !== 'JOB_TIMED_OUT') return this.#endCompleted(end.value, decoded.options)
    const isOwnError = !end.ok && (this.#abortCode !== 'JOB_TIMED_OUT' || isNonRetryable(end.error))
    return this.#endFailed(isOwnError ? end.error : abortReason('JOB_TIMED_OUT'), decoded.options)
  }

  #markEnded(): void {
    this.#hasEnded = true
    this.#cancelGrace?.()
  }

  #runHandler(job: Job, onStart: (job: Job) => void): Promise<HandlerEnd> {
    return new Promise((resolve) => {
      this.#giveUp = () => resolve({ ok: false, error: abortReason(this.#abortCode ?? 'LEASE_LOST') })
      this.#callHandler(job, onStart).then(
        (value) => this.#afterReports(() => resolve({ ok: true, value })),
        (error: unknown) => this.#afterReports(() => resolve({ ok: false, error })),
      )
    })
  }

  /** What was reported must be stored before the attempt is settled: then its lease is gone. */
  #afterReports(end: () => void): void {
    if (this.#context?.isReporting === true) void this.#context.flushed().then(end)
    else end()
  }

  async #callHandler(job: Job, onStart: (job: Job) => void): Promise<unknown> {
    const { handler, argsSchema } = this.#registration
    const parsed = argsSchema === undefined ? job : { ...job, args: await this.#parseArgs(argsSchema, job.args) }
    // A slow schema may have outlived the attempt's slot, and with it the lease.
    if (this.#hasEnded) throw abortReason(this.#abortCode ?? 'LEASE_LOST')
    this.#job = parsed
    onStart(parsed)
    const context = (this.#context = new AttemptContext(this))
    const returned: unknown = await handler(parsed as Job<never>, context)
    if (!isAsyncGenerator(returned)) return returned
    return runGenerator(returned, {
      checkpoint: (value) => context.checkpoint(value),
      hasEnded: () => this.#hasEnded,
      reasonToEnd: () => {
        if (this.#environment.isStopping()) this.abort('WORKER_STOPPING')
        return this.#abortCode === undefined ? undefined : abortReason(this.#abortCode)
      },
    })
  }

  /** What an earlier run left. One that cannot be read is a fault, and the job begins anew. */
  #checkpoint(): unknown {
    const { checkpoint } = this.claimed
    if (checkpoint === undefined) return undefined
    try {
      return decodePayload(checkpoint, this.codec)
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

  /** A result that does not fit is a fault and no failure: the work is done, and would be done again. */
  async #endCompleted(returned: unknown, { retention }: ResolvedOptions): Promise<AttemptEnd> {
    const { resultSchema } = this.#registration
    const settlement = { type: 'completed', ...kept(retention, retention.completedMs) } as const
    let value = returned
    try {
      if (resultSchema !== undefined) value = await parseWith(resultSchema, returned, 'result')
      if (retention.completedMs === 0 || value === undefined) return { settlement, value }
      const result = encodeWith(this.codec, value, {
        what: 'result',
        maxBytes: MAX_RESULT_BYTES,
        notSerializable: 'RESULT_NOT_SERIALIZABLE',
        tooLarge: 'RESULT_TOO_LARGE',
      })
      return { settlement: { ...settlement, result }, value }
    } catch (error) {
      return { settlement, value, fault: toError(error) }
    }
  }

  /** Its lease was lost, or its job cancelled, while other handlers kept it from beginning. */
  #endUnstarted(code: AbortCode, options: ResolvedOptions): AttemptEnd {
    this.#markEnded()
    return this.#endFailed(abortReason(code), options)
  }

  #endFailed(thrown: unknown, { retention, maxAttempts, backoff }: ResolvedOptions): AttemptEnd {
    const code = this.#abortCode
    if (code === 'CANCELLED') {
      return { settlement: { type: 'cancelled', ...kept(retention, retention.completedMs) }, value: thrown }
    }
    if (code === 'WORKER_STOPPING' || code === 'LEASE_LOST') {
      return { settlement: { type: 'released', delayMs: 0 }, value: thrown }
    }
    const snoozeMs = this.#context?.snoozedBy(thrown)
    if (snoozeMs !== undefined) return { settlement: { type: 'released', delayMs: snoozeMs }, value: thrown }
    const error = JSON.stringify(toFailure(thrown))
    const failed = this.claimed.attempts + 1
    const isFinal = isNonRetryable(thrown)
    if (isFinal || failed >= maxAttempts) {
      const reason = isFinal ? 'non-retryable' : 'attempts'
      return { settlement: { type: 'dead', reason, error, ...kept(retention, retention.deadMs) }, value: thrown }
    }
    const delayMs = this.#retryDelayMs(backoff, failed, thrown)
    return { settlement: { type: 'retry', delayMs, error }, value: thrown }
  }

  #retryDelayMs(backoff: Backoff, failed: number, thrown: unknown): number {
    const own = this.#registration.backoff
    const { runtime } = this.#environment
    if (own === undefined) return retryDelayMs(backoff, failed, runtime.random())
    try {
      return checkSpan('the delay that the backoff function returns', own(failed, toError(thrown)))
    } catch (error) {
      this.onFault(error)
      return retryDelayMs(defaultBackoff, failed, runtime.random())
    }
  }
}

function endUnread(fault: GoschedsError): AttemptEnd {
  if (fault.code === 'UNSUPPORTED_RECORD') {
    return { settlement: { type: 'released', delayMs: UNSUPPORTED_DELAY_MS }, value: fault, fault }
  }
  const error = JSON.stringify(toFailure(fault))
  const settlement = { type: 'dead', reason: 'undecodable', error, retentionMs: DEFAULT_RETENTION.deadMs } as const
  return { settlement, value: fault, fault }
}

function kept({ maxCount }: Retention, retentionMs: number): { retentionMs: number; maxCount?: number } {
  return maxCount === undefined ? { retentionMs } : { retentionMs, maxCount }
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
    checkpoint,
    fence: claimed.fence,
  }
}
