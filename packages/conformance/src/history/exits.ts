import type { FinishedState } from '@goscheds/core'
import { type Call, isBefore, mayPrecede, type Span } from './calls.js'
import { mayHaveSettled } from './leases.js'
import type { Evidence } from './gather-evidence.js'
import type { Settle, Trail } from './trails.js'

/** Something that may have ended a job. */
export interface PossibleEnd {
  readonly span: Span
  readonly state: FinishedState | 'removed'
  /** For how long it is kept from there on. */
  readonly keptMs: number
}

/**
 * Whether a job that was there may have left no trace by then: something may have removed it, or may have ended it and
 * its retention was 0, or may have passed and been pruned, or it was one too many of those that are kept.
 */
export function mayBeGone(evidence: Evidence, trail: Trail, since: Span, by: Span): boolean {
  for (const end of possibleEnds(evidence, trail)) {
    if (!mayPrecede(since, end.span) || !mayPrecede(end.span, by)) continue
    if (end.state === 'removed' || end.keptMs <= 0 || mayBePruned(evidence, end, by)) return true
    if (mayBeTrimmed(evidence, trail, by)) return true
    if (end.state === 'dead' && mayBeCrowdedOut(evidence, end.span, by)) return true
  }
  return false
}

/** All that may have ended the job, in no order: what was acknowledged, and what nobody may have seen. */
export function* possibleEnds(evidence: Evidence, trail: Trail): Iterable<PossibleEnd> {
  const shortest = (end: 'completedMs' | 'deadMs'): number =>
    trail.pushes.reduce((ms, { job }) => Math.min(ms, job.retention[end]), Infinity)
  const cancelled = { state: 'cancelled', keptMs: shortest('completedMs') } as const
  const dead = { state: 'dead', keptMs: shortest('deadMs') } as const

  for (const span of trail.controls) {
    if (span.method === 'remove' && span.status !== 'active') yield { span, state: 'removed', keptMs: 0 }
    if (span.method === 'cancel' && span.status !== 'requested') yield { span, ...cancelled }
  }
  for (const span of trail.settles) {
    const { settlement } = span
    if (!mayHaveSettled(trail, span) || isGoingOn(span)) continue
    if (settlement.type !== 'retry' && settlement.type !== 'released') {
      yield { span, state: settlement.type, keptMs: settlement.retentionMs }
    } else if (isCancelAsked(trail, span)) yield { span, ...cancelled }
  }
  for (const span of trail.reaps) {
    if (span.job.outcome === 'dead') yield { span, ...dead }
    if (span.job.outcome === 'cancelled') yield { span, ...cancelled }
  }
  for (const { reap, mayKill } of unseenReaps(evidence, trail)) {
    if (mayKill) yield { span: reap, ...dead }
    if (isCancelAsked(trail, reap)) yield { span: reap, ...cancelled }
  }
  for (const span of possibleExpiries(evidence, trail)) yield { span, ...dead }
}

function isGoingOn({ outcome }: Settle): boolean {
  return outcome?.status === 'settled' && (outcome.state === 'ready' || outcome.state === 'scheduled')
}

/** The reaps and claims that may have found the job expired: a claim does not say so, nor need a reap's answer be seen. */
function* possibleExpiries({ callsOf }: Evidence, { pushes, claims }: Trail): Iterable<Span> {
  const expiresAt = pushes.reduce((at, { job }) => Math.min(at, job.expiresAt ?? Infinity), Infinity)
  if (expiresAt === Infinity) return
  const names = new Set(pushes.map(({ job }) => job.name))
  for (const call of [...callsOf('reap'), ...callsOf('claim').filter(({ input }) => names.has(input.name))]) {
    // What has started does not expire; another job of the id may.
    const hasStarted = pushes.length === 1 && claims.some((claim) => isBefore(claim, call))
    if (call.untilAt < expiresAt || hasStarted) continue
    yield { ...call, fromAt: Math.max(call.fromAt, expiresAt) }
  }
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

function mayBePruned({ callsOf }: Evidence, { span, keptMs }: PossibleEnd, by: Span): boolean {
  const dueAt = span.fromAt + keptMs
  return callsOf('prune').some((prune) => mayPrecede(prune, by) && prune.untilAt >= dueAt)
}

/** Whether a job that asks for a `maxCount` may have ended by then, and so have made room among what is kept. */
function mayBeTrimmed({ trimmedFrom }: Evidence, { pushes }: Trail, by: Span): boolean {
  return pushes.some(({ job }) => (trimmedFrom.get(job.name) ?? Infinity) < by.until)
}

/** Whether there may have been more dead jobs than a prune leaves. */
function mayBeCrowdedOut({ callsOf, trails }: Evidence, end: Span, by: Span): boolean {
  return callsOf('prune').some(
    (prune) => mayPrecede(prune, by) && !isBefore(prune, end) && trails.size > prune.input.maxDeadPerName,
  )
}
