import type { ReapedJob, ReapResult } from '../contract/outcomes.js'
import type { Runtime } from '../runtime/runtime.js'
import type { Firing } from '../schedule/firing.js'
import type { StoreCalls } from '../service/store-calls.js'

/**
 * While it moves a batch a store answers nobody else: 1,000 jobs of many groups kept Redis from it for 12 ms, 500 do for 5, and 500
 * without groups for 0.6. With 250 workers take what was moved before the next is, and no work queue gets long: two thirds as many
 * jobs in a second.
 */
const PROMOTE_LIMIT = 500
const REAP_LIMIT = 500
const PRUNE_LIMIT = 1_000
const PRUNE_INTERVAL_MS = 60_000

/** While the store is away, the promotion loop calls it; the reaper looks whether that has succeeded. */
const LOOK_AGAIN_MS = 500

/** For how long the reaper holds back. As long as the longest back-off: by then every worker has tried to renew and to settle. */
export const AFTER_OUTAGE_MS = 5_000

type Step = (signal: AbortSignal) => Promise<number>

interface StepOptions {
  readonly calls: StoreCalls
  readonly runtime: Runtime
}

/**
 * Promotes what is due and fires the schedules that are, then sleeps until the next of either is due; the jittered cap is the
 * backstop for lost hints.
 */
export function promoteStep({
  calls,
  runtime,
  capMs,
  firing,
  onLook,
}: StepOptions & {
  readonly capMs: number
  readonly firing: Firing
  /** Hears with each look how much later than planned it came; 0 for one that was woken before. */
  readonly onLook: (lateMs: number) => void
}): Step {
  let plannedAt = Infinity
  return async (signal) => {
    const result = await calls.call('promote', (store) => store.promote({ limit: PROMOTE_LIMIT }))
    const { promoted, nextDueInMs, due } = result
    onLook(Math.max(0, runtime.monotonic() - plannedAt))
    // While a schedule is due, the time of the next job is not told.
    const dueInMs = due === undefined ? nextDueInMs : await firing.fire(due.schedules, due.now, signal)
    const pauseMs = promoted >= PROMOTE_LIMIT ? 0 : Math.min(dueInMs ?? Infinity, jittered(capMs, runtime))
    plannedAt = runtime.monotonic() + pauseMs
    return pauseMs
  }
}

/**
 * Ends leases that have run out and jobs that have expired, at once again while there are more. After an outage of the
 * store it holds back for a moment: leases ran out because nobody could renew them, and the workers that hold them
 * should come first.
 */
export function reapStep({
  calls,
  runtime,
  reapIntervalMs,
  silenceMs,
  maxRecoveries,
  onReaped,
  onExpired,
}: StepOptions & {
  readonly reapIntervalMs: number
  /** For how long no call may have succeeded before that counts as an outage. */
  readonly silenceMs: number
  readonly maxRecoveries: number
  readonly onReaped: (job: ReapedJob) => void
  readonly onExpired: (job: ReapResult['expired'][number]) => void
}): Step {
  let isAway = false
  let holdUntil = -Infinity
  return async () => {
    const now = runtime.monotonic()
    if (calls.silentForMs > silenceMs) {
      isAway = true
      return Math.min(reapIntervalMs, LOOK_AGAIN_MS)
    }
    if (isAway) holdUntil = now + AFTER_OUTAGE_MS
    isAway = false
    if (now < holdUntil) return holdUntil - now
    const { reaped, expired } = await calls.call('reap', (store) => store.reap({ limit: REAP_LIMIT, maxRecoveries }))
    for (const job of reaped) onReaped(job)
    for (const job of expired) onExpired(job)
    return Math.max(reaped.length, expired.length) >= REAP_LIMIT ? 0 : jittered(reapIntervalMs, runtime)
  }
}

/** Removes finished jobs past their retention and workers long gone, once a minute. */
export function pruneStep({ calls, runtime, maxDeadPerName }: StepOptions & { readonly maxDeadPerName: number }): Step {
  return async () => {
    const { pruned } = await calls.call('prune', (store) => store.prune({ limit: PRUNE_LIMIT, maxDeadPerName }))
    return pruned >= PRUNE_LIMIT ? 0 : jittered(PRUNE_INTERVAL_MS, runtime)
  }
}

/** Up to a fifth shorter, at random, so that a fleet of schedulers does not call in step. */
function jittered(ms: number, runtime: Runtime): number {
  return ms * (1 - runtime.random() / 5)
}
