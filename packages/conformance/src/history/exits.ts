import { type Call, isBefore, mayPrecede, type Span } from './calls.js'
import { mayHaveSettled } from './leases.js'
import type { Evidence } from './gather-evidence.js'
import type { Trail } from './trails.js'

/**
 * Whether a job that was there may have left no trace by then: something may have removed it, or may have ended it and
 * its retention was 0, or may have passed and been pruned.
 */
export function mayBeGone(evidence: Evidence, trail: Trail, since: Span, by: Span): boolean {
  const isBetween = (span: Span): boolean => mayPrecede(since, span) && mayPrecede(span, by)
  const shortest = (end: 'completedMs' | 'deadMs'): number =>
    trail.pushes.reduce((ms, { job }) => Math.min(ms, job.retention[end]), Infinity)
  const [completedMs, deadMs] = [shortest('completedMs'), shortest('deadMs')]
  const mayHaveLeft = (end: Span, keptMs: number): boolean => isBetween(end) && mayBePruned(evidence, end, keptMs, by)
  const mayDie = (end: Span, keptMs: number): boolean =>
    mayHaveLeft(end, keptMs) || (isBetween(end) && mayBeCrowdedOut(evidence, end, by))

  // A reaper, or a claim that nobody need have seen, ends what has expired.
  if (trail.pushes.some(({ job }) => job.expiresAt !== undefined && by.untilAt >= job.expiresAt)) return true
  if (trail.pushes.some(({ job }) => evidence.trimmedNames.has(job.name))) return true

  const removals = trail.controls.filter(({ method, status }) => method === 'remove' && status !== 'active')
  if (removals.some(isBetween)) return true
  const cancels = trail.controls.filter(({ method, status }) => method === 'cancel' && status !== 'requested')
  if (cancels.some((cancel) => mayHaveLeft(cancel, completedMs))) return true

  for (const settle of trail.settles) {
    const { outcome, settlement } = settle
    if (!mayHaveSettled(trail, settle)) continue
    if (outcome?.status === 'settled' && (outcome.state === 'ready' || outcome.state === 'scheduled')) continue
    if (settlement.type === 'dead' && mayDie(settle, settlement.retentionMs)) return true
    if (settlement.type === 'completed' || settlement.type === 'cancelled') {
      if (mayHaveLeft(settle, settlement.retentionMs)) return true
    } else if (settlement.type !== 'dead' && isCancelAsked(trail, settle) && mayHaveLeft(settle, completedMs))
      return true
  }
  for (const reaped of trail.reaps) {
    if (reaped.job.outcome === 'dead' && mayDie(reaped, deadMs)) return true
    if (reaped.job.outcome === 'cancelled' && mayHaveLeft(reaped, completedMs)) return true
  }
  return unseenReaps(evidence, trail).some(
    ({ reap, mayKill }) =>
      (mayKill && mayDie(reap, deadMs)) || (isCancelAsked(trail, reap) && mayHaveLeft(reap, completedMs)),
  )
}

/** A reap, and whether the job's recoveries may have been spent by then. */
interface UnseenReap {
  readonly reap: Call<'reap'>
  readonly mayKill: boolean
}

/** The reaps that may have ended a lease of the job though no answer told of it. */
function unseenReaps({ callsOf }: Evidence, { claims, pushes }: Trail): UnseenReap[] {
  const names = new Set(pushes.map(({ job }) => job.name))
  const recoveries = claims.reduce((most, { job }) => Math.max(most, job.recoveries), 0)
  const unseenClaims = callsOf('claim').filter(({ input, output }) => output === undefined && names.has(input.name))
  if (claims.length + unseenClaims.length === 0) return []
  return callsOf('reap').map((reap) => {
    return { reap, mayKill: recoveries + unseenClaims.length >= reap.input.maxRecoveries }
  })
}

function isCancelAsked({ controls }: Trail, end: Span): boolean {
  return controls.some((control) => control.method === 'cancel' && mayPrecede(control, end))
}

function mayBePruned({ callsOf }: Evidence, end: Span, keptMs: number, by: Span): boolean {
  const dueAt = end.fromAt + keptMs
  return keptMs <= 0 || callsOf('prune').some((prune) => mayPrecede(prune, by) && prune.untilAt >= dueAt)
}

/** Whether there may have been more dead jobs than a prune leaves. */
function mayBeCrowdedOut({ callsOf, trails }: Evidence, end: Span, by: Span): boolean {
  return callsOf('prune').some(
    (prune) => mayPrecede(prune, by) && !isBefore(prune, end) && trails.size > prune.input.maxDeadPerName,
  )
}
