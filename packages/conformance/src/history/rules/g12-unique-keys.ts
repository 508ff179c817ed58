import type { NewJob, StoredJob } from '@goscheds/core'
import { isBefore, mayPrecede, type Span, spanOf } from '../calls.js'
import { mayHaveSettled } from '../leases.js'
import type { Evidence } from '../gather-evidence.js'
import { type Claim, leaseOf, type Push, type Trail, uniqueKeyOf } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** The part of a job's life that was certainly under its key. */
interface Hold {
  readonly id: string
  /** What made it the holder; the job certainly is one once this has been answered. */
  readonly since: Span
  /** When it may have let go at the earliest: the beginning of the first call that may have ended it. */
  readonly atLeastUntil: number
}

/**
 * G12: of the jobs of a name that hold a unique key until they have finished, no two are active at a time; and a job is
 * not added while another certainly holds its key. Of a job whose life is not told by one push, nothing is said.
 */
export function* uniqueKeys(evidence: Evidence): Iterable<Violation> {
  const byKey = new Map<string, Trail[]>()
  for (const trail of evidence.trails.values()) {
    const [push] = trail.pushes
    const key = push === undefined ? undefined : uniqueKeyOf(push.job)
    if (key === undefined || !trail.pushes.every(({ job }) => holdsUntilFinished(job, key))) continue
    byKey.set(key, [...(byKey.get(key) ?? []), trail])
  }
  for (const trails of byKey.values()) {
    for (const trail of trails) {
      const held = holdsOf(evidence, trail)
      for (const other of trails) if (other !== trail) yield* intrusions(held, other)
    }
  }
}

function holdsUntilFinished(job: NewJob, key: string): boolean {
  return job.unique?.until === 'finished' && uniqueKeyOf(job) === key
}

/** G12: a job that is parked waits for one that may hold its key. When all that is due has been run, none waits for nothing. */
export function* parkedForEver({ snapshots }: Evidence): Iterable<Violation> {
  for (const snapshot of snapshots) {
    if (!snapshot.drained) continue
    const live = snapshot.jobs.filter(({ state }) => state === 'scheduled' || state === 'ready' || state === 'active')
    const holding = new Set(live.filter((job) => !isParked(job)).map(uniqueKeyOf))
    const stuck = live.find((job) => isParked(job) && !holding.has(uniqueKeyOf(job)))
    if (stuck !== undefined)
      yield violation('G12', stuck.id, 'it waits for its unique key, and nothing holds that', [spanOf(snapshot)])
  }
}

function isParked({ state, dueAt }: StoredJob): boolean {
  return state === 'scheduled' && dueAt === undefined
}

function* intrusions(held: readonly Hold[], { id, pushes, claims }: Trail): Iterable<Violation> {
  for (const { since, atLeastUntil, id: holder } of held) {
    const isWithin = (span: Span): boolean => isBefore(since, span) && span.until < atLeastUntil
    const claim = claims.find((one) => isWithin(one))
    if (claim !== undefined) {
      yield violation('G12', id, `it was claimed while ${holder} held its unique key`, [since, claim])
    }
    const push = pushes.find((one) => one.outcome === 'added' && !one.isParked && isWithin(one))
    if (push !== undefined)
      yield violation('G12', id, `it was added while ${holder} held its unique key`, [since, push])
  }
}

/** From its push, if it was added as the holder, and from each of its claims. */
function holdsOf(evidence: Evidence, trail: Trail): Hold[] {
  const [push, ...others] = trail.pushes
  if (push === undefined || others.length > 0) return []
  const holds = trail.claims.map((claim) => holdFrom(evidence, trail, claim))
  return push.outcome === 'added' && !push.isParked ? [holdFrom(evidence, trail, push), ...holds] : holds
}

function holdFrom(evidence: Evidence, trail: Trail, since: Push | Claim): Hold {
  return { id: trail.id, since, atLeastUntil: Math.min(...endings(evidence, trail, since).map(({ from }) => from)) }
}

/** All that may have ended the job since. */
function endings({ callsOf }: Evidence, trail: Trail, since: Push | Claim): Span[] {
  const { job } = trail.pushes[0] as Push
  const fence = 'fence' in since ? since.fence : undefined
  const settles = fence === undefined ? trail.settles : leaseOf(trail, fence).settles
  const controls = trail.controls.filter(({ method, status }) => {
    return method === 'cancel' || (method === 'remove' && status !== 'active' && status !== 'not-found')
  })
  const expiring = job.expiresAt === undefined ? [] : [...callsOf('reap'), ...callsOf('claim')]
  const ends = [
    ...settles.filter((settle) => mayHaveSettled(trail, settle)),
    ...controls,
    ...callsOf('reap'),
    ...expiring,
  ]
  return ends.filter((end) => mayPrecede(since, end))
}
