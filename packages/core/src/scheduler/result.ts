import type { StoredJob } from '../contract/job.js'
import { GoschedsError } from '../errors.js'
import type { Codec } from '../job/codec.js'
import { type JobFailure, parseFailure } from '../job/failure.js'
import { decodeOptions, decodePayload } from '../job/record.js'
import type { Runtime } from '../runtime/runtime.js'
import { retryPauseMs } from '../service/loop.js'
import { sleep } from '../service/sleep.js'
import { isStoreFault, type StoreCalls } from '../service/store-calls.js'
import { unlessAborted } from '../service/unless-aborted.js'

/** How long a wait goes without a look: for a hint that was lost. */
const BACKSTOP_MS = 10_000

/** A store that does not answer has so long for a call, also when the time of the wait is over before. */
const LEAST_CALL_MS = 1_000

/** Options of `scheduler.result`. */
export interface ResultOptions {
  /**
   * How long to wait at the most, in milliseconds; 0 looks once. A store that gives no answer at the end may make it up
   * to two seconds longer. At most 24.8 days; default 30,000.
   */
  readonly timeoutMs?: number | undefined
  /** Ends the wait at once; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** What a {@link ResultWait} works with. */
export interface ResultWaitOptions {
  readonly id: string
  readonly calls: StoreCalls
  readonly runtime: Runtime
  readonly codec: Codec
  readonly timeoutMs: number
  /** Each of them ends the wait. */
  readonly signals: readonly AbortSignal[]
}

/**
 * Waits until a job has finished: subscribes to its end, reads, waits for the hint, and reads again. A store that is
 * away is tried again until the time is over.
 */
export class ResultWait {
  readonly #options: ResultWaitOptions
  /** Whoever waited has the answer. */
  readonly #ended = new AbortController()
  #hinted = new AbortController()
  #subscription: Promise<() => Promise<void>> | undefined

  /** What the job came to. */
  readonly answer: Promise<unknown>
  /** Resolves when nothing is held any more; never rejects. Whoever has the answer need not wait for it. */
  readonly released: Promise<void>

  constructor(options: ResultWaitOptions) {
    this.#options = options
    const looking = this.#look()
    this.answer = unlessAborted(looking, options.signals)
    this.released = Promise.allSettled([this.answer]).then(() => this.#letGo(looking))
  }

  async #look(): Promise<unknown> {
    const { id, calls, runtime, codec, timeoutMs, signals } = this.#options
    for (const signal of signals) signal.throwIfAborted()
    const endsAt = runtime.monotonic() + timeoutMs
    const callMs = (): number => Math.max(endsAt - runtime.monotonic(), LEAST_CALL_MS)
    let failures = 0
    let fault: unknown
    while (!this.#ended.signal.aborted) {
      try {
        await this.#subscribe(callMs())
        this.#hinted = new AbortController()
        const [job = null] = await calls.call('get', (store) => store.get({ ids: [id] }), { timeoutMs: callMs() })
        const end = endOf(id, job, codec)
        if (end !== undefined) return end.value
        fault = undefined
        failures = 0
      } catch (error) {
        if (!isStoreFault(error)) throw error
        fault = error
        failures++
      }
      const leftMs = endsAt - runtime.monotonic()
      if (leftMs <= 0) throw timedOut(id, timeoutMs, fault)
      // A hint does not cut a pause after a fault short: it would be tried again and again.
      if (failures > 0) await sleep(runtime, Math.min(leftMs, retryPauseMs(failures - 1, runtime)), this.#ended.signal)
      else await sleep(runtime, Math.min(leftMs, BACKSTOP_MS), this.#ended.signal, this.#hinted.signal)
    }
    return undefined
  }

  async #subscribe(timeoutMs: number): Promise<void> {
    const { id, calls } = this.#options
    const onLate = (late: () => Promise<void>): void => void calls.call('unsubscribe', late).catch(() => {})
    this.#subscription ??= calls.call(
      'subscribe',
      (store) => store.subscribe(() => this.#hinted.abort(), { job: id }),
      { timeoutMs, onLate },
    )
    try {
      await this.#subscription
    } catch (error) {
      this.#subscription = undefined
      throw error
    }
  }

  async #letGo(looking: Promise<unknown>): Promise<void> {
    this.#ended.abort()
    await Promise.allSettled([looking])
    try {
      const unsubscribe = await this.#subscription
      if (unsubscribe !== undefined) await this.#options.calls.call('unsubscribe', unsubscribe)
    } catch {
      // It ends with the connection that it was made on.
    }
  }
}

/** What to answer with; nothing while it may still complete. @throws what the job came to, unless it has completed */
function endOf(id: string, job: StoredJob | null, codec: Codec): { readonly value: unknown } | undefined {
  if (job === null) {
    throw new GoschedsError('NOT_FOUND', `there is no job '${id}': never pushed, removed, or finished without a trace`)
  }
  if (job.state === 'dead') throw deathOf(job)
  if (job.state === 'cancelled') throw new GoschedsError('CANCELLED', `the job '${id}' was cancelled`)
  if (decodeOptions(job.options).retention.completedMs === 0) {
    const message = `the job '${id}' leaves no trace when it completes: push it with retain: { completedMs }`
    throw new GoschedsError('RESULT_NOT_RETAINED', message)
  }
  if (job.state !== 'completed') return undefined
  return { value: job.result === undefined ? undefined : decodePayload(job.result, codec, 'result') }
}

/** The handler's own error, as far as it was kept; a job can also die without one. */
function deathOf({ id, deadReason, error }: StoredJob): Error {
  const isOwn = deadReason === 'attempts' || deadReason === 'non-retryable' || deadReason === 'undecodable'
  if (isOwn && error !== undefined) return toThrown(parseFailure(error))
  return new GoschedsError('JOB_DEAD', `the job '${id}' is dead: ${deadReason ?? 'for no known reason'}`)
}

function toThrown({ name, message, code, stack }: JobFailure): Error {
  const error = Object.assign(new Error(message), { name, ...(code !== undefined && { code }) })
  if (stack !== undefined) error.stack = stack
  return error
}

function timedOut(id: string, timeoutMs: number, cause: unknown): GoschedsError {
  const message = `the job '${id}' has not finished within ${timeoutMs} ms; it goes on, and can be waited for again`
  return new GoschedsError('RESULT_TIMEOUT', message, { cause })
}
