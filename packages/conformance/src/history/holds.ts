import { mayPrecede, type Span } from './calls.js'
import { possibleEnds } from './exits.js'
import type { Evidence } from './gather-evidence.js'
import { type Claim, type Push, type Trail, uniqueKeyOf } from './trails.js'

/** A time during which a job certainly held its unique key. */
export interface Hold {
  readonly id: string
  /** What made it the holder; it certainly is one once this has been answered. */
  readonly since: Span
  /** Where in the history it may have let go at the earliest: at the first call that may have made it. */
  readonly atLeastUntil: number
  /** When its time to live may have been over at the earliest; infinite when it has none. */
  readonly untilAt: number
}

/** The holds of a job on this key: from its push, if it was added as the holder, and from each of its claims. */
export function holdsOf(evidence: Evidence, trail: Trail, key: string): Hold[] {
  const holds: Hold[] = []
  let ends: Span[] | undefined
  const holdFrom = (since: Push | Claim, others: readonly Span[], untilAt = Infinity): void => {
    const atLeastUntil = others.reduce(
      (least, end) => (mayPrecede(since, end) ? Math.min(least, end.from) : least),
      Infinity,
    )
    holds.push({ id: trail.id, since, atLeastUntil, untilAt })
  }
  for (const push of trail.pushes) {
    const until = push.job.unique?.until
    if (push.outcome !== 'added' || push.isParked || uniqueKeyOf(push.job) !== key || until === undefined) continue
    if (typeof until === 'object') holdFrom(push, replacesOf(evidence, key, push), push.fromAt + until.ttlMs)
    else holdFrom(push, (ends ??= endsOf(evidence, trail)))
  }
  if (!isOneKind(trail, key, 'finished')) return holds
  for (const claim of trail.claims) holdFrom(claim, (ends ??= endsOf(evidence, trail)))
  return holds
}

/** Whether all that was pushed with the id asks for this key, and until then: a claim does not say which of them it is. */
export function isOneKind({ pushes }: Trail, key: string, until: 'finished' | 'started'): boolean {
  return pushes.every(({ job }) => uniqueKeyOf(job) === key && job.unique?.until === until)
}

/** What may have made the job let go of a key that it holds until it has finished, or has started. */
function endsOf(evidence: Evidence, trail: Trail): Span[] {
  const ends = [...possibleEnds(evidence, trail)].map(({ span }) => span)
  if (trail.pushes.every(({ job }) => job.unique?.until !== 'started')) return ends
  const names = new Set(trail.pushes.map(({ job }) => job.name))
  const unseen = evidence.callsOf('claim').filter(({ input, output }) => output === undefined && names.has(input.name))
  return [...ends, ...trail.claims, ...unseen]
}

/** A key that is held for a time outlives its job, and goes over to another that replaces that. */
function replacesOf({ trails, idsOfKey }: Evidence, key: string, than: Push): Span[] {
  return [...(idsOfKey.get(key) ?? [])].flatMap((id) => {
    const pushes = trails.get(id)?.pushes ?? []
    return pushes.filter(
      (push) => push !== than && push.job.unique?.onConflict === 'replace' && push.outcome !== 'refused',
    )
  })
}
