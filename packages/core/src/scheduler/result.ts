import type { StoredJob } from '../contract/job.js'
import { GoschedsError } from '../errors.js'
import type { Codec } from '../job/codec.js'
import { type JobFailure, parseFailure } from '../job/failure.js'
import { decodeOptions, decodePayload } from '../job/record.js'
import type { Runtime } from '../runtime/runtime.js'
import { retryPauseMs } from '../service/loop.js'
import { sleep } from '../service/sleep.js'
import type { StoreCalls } from '../service/store-calls.js'

/** How long a wait goes without a look: for a hint that was lost. */
const BACKSTOP_MS = 10_000

/** Options of `scheduler.result`. */
export interface ResultOptions {
  /** How long to wait at the most, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** Ends the wait; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** What a wait for a result works with. */
export interface ResultWait {
  readonly calls: StoreCalls
  readonly runtime: Runtime
  readonly codec: Codec
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * Waits until a job has finished: subscribes to its end, reads, waits for the hint, and reads again. A store that is
 * away is tried again until the time is over.
 */
export async function awaitResult(id: string, wait: ResultWait): Promise<unknown> {
  const { calls, runtime, codec, timeoutMs, signal } = wait
  const endsAt = runtime.monotonic() + timeoutMs
  let hinted = new AbortController()
  let unsubscribe: (() => Promise<void>) | undefined
  let fault: unknown
  const onLate = (late: () => Promise<void>): void => void late().catch(() => {})
  try {
    for (let failures = 0; ;) {
      signal.throwIfAborted()
      let pauseMs = BACKSTOP_MS
      try {
        unsubscribe ??= await calls.call('subscribe', (store) => store.subscribe(() => hinted.abort(), { job: id }), {
          onLate,
        })
        hinted = new AbortController()
        const [job = null] = await calls.call('get', (store) => store.get({ ids: [id] }))
        const end = endOf(id, job, codec)
        if (end !== undefined) return end.value
        failures = 0
      } catch (error) {
        if (!isFault(error)) throw error
        fault = error
        pauseMs = retryPauseMs(failures++, runtime)
      }
      const leftMs = endsAt - runtime.monotonic()
      if (leftMs <= 0) throw timedOut(id, timeoutMs, fault)
      await sleep(runtime, Math.min(leftMs, pauseMs), AbortSignal.any([signal, hinted.signal]))
    }
  } finally {
    await unsubscribe?.().catch(() => {})
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
  return { value: job.result === undefined ? undefined : decodePayload(job.result, codec) }
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

function isFault(error: unknown): boolean {
  return error instanceof GoschedsError && (error.code === 'STORE_FAILED' || error.code === 'STORE_TIMEOUT')
}

function timedOut(id: string, timeoutMs: number, cause: unknown): GoschedsError {
  const message = `the job '${id}' has not finished within ${timeoutMs} ms; it goes on, and can be waited for again`
  return new GoschedsError('RESULT_TIMEOUT', message, { cause })
}
