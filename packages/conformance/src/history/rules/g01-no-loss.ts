import type { ClaimedJob, StoredJob, UniqueKey } from '@goscheds/core'
import { mayPrecede, type Span, spanOf } from '../calls.js'
import { mayBeGone } from '../exits.js'
import type { Evidence } from '../gather-evidence.js'
import type { Push, Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G1: an acknowledged job is there at the end, or something ended or removed it; and it is the job that was pushed. */
export function* noLoss(evidence: Evidence): Iterable<Violation> {
  const last = evidence.snapshots.at(-1)
  const left = new Set(last?.jobs.map(({ id }) => id))
  for (const trail of evidence.trails.values()) {
    const push = acknowledged(trail)
    if (last !== undefined && push !== undefined && push.until < last.seq && !left.has(trail.id)) {
      const end = spanOf(last)
      // Of a repeated push, the first may have added it, and its end may have come before the repeat.
      const since = push.outcome === 'added' ? push : (trail.pushes[0] ?? push)
      if (!mayBeGone(evidence, trail, since, end)) {
        const message = 'its push was acknowledged, and it is gone though nothing ended it'
        yield violation('G1', trail.id, message, [since, push, end])
      }
    }
    yield* alteredJobs(trail)
  }
}

/** The last push that made the job, as far as was seen; else the repeat of one that must have, as it is a duplicate. */
function acknowledged({ pushes }: Trail): Push | undefined {
  const added = pushes.findLast(({ outcome }) => outcome === 'added')
  return added ?? pushes.slice(1).findLast(({ outcome }) => outcome === 'duplicate')
}

function* alteredJobs(trail: Trail): Iterable<Violation> {
  if (trail.pushes.length === 0) return
  for (const seen of [...trail.claims, ...trail.sightings]) {
    if ('damage' in seen.job || 'unsupported' in seen.job) continue
    const pushes = trail.pushes.filter((push) => push.outcome !== 'refused' && mayPrecede(push, seen))
    const what = alteration(trail, pushes, seen.job, seen)
    if (what === undefined) continue
    yield violation('G1', trail.id, `it did not come back as it was pushed: ${what}`, [...pushes.slice(-1), seen])
    return
  }
}

function alteration(trail: Trail, pushes: Push[], job: ClaimedJob | StoredJob, seen: Span): string | undefined {
  if (pushes.length === 0) return 'it was there before its push'
  if (!pushes.some((push) => push.job.name === job.name)) return `its name is '${job.name}'`
  const changed = pushes.map((push) => changeOf(trail, push, job, seen))
  if (changed.every((what) => what !== undefined)) return changed[0]
  const isMoved = trail.controls.some((one) => one.method === 'reschedule' && mayPrecede(one, seen))
  if (isMoved || pushes.some((push) => mayBeDueAt(push, job.executeAt))) return undefined
  return `it is due at ${job.executeAt}`
}

/** What of that which a job asks for is not as it was pushed. */
function changeOf(
  { controls }: Trail,
  { job: pushed }: Push,
  job: ClaimedJob | StoredJob,
  seen: Span,
): string | undefined {
  if (!('state' in job)) return undefined
  const { priority = 0, unique, expiresAt } = job
  if (priority !== (pushed.priority ?? 0)) return `its priority is ${priority}`
  if (JSON.stringify(inOrder(unique)) !== JSON.stringify(inOrder(pushed.unique))) return 'its unique key is another'
  // What was redriven does not expire any more.
  const isRedriven = controls.some((one) => one.method === 'redrive' && mayPrecede(one, seen))
  const isKept = expiresAt === pushed.expiresAt || (expiresAt === undefined && isRedriven)
  return isKept ? undefined : `it expires at ${expiresAt ?? 'no time'}`
}

function inOrder(unique: UniqueKey | undefined): unknown {
  return unique && [unique.key, unique.until, unique.onConflict]
}

function mayBeDueAt({ job, fromAt, untilAt }: Push, executeAt: number): boolean {
  if (job.executeAt !== undefined) return executeAt === job.executeAt
  const delayMs = job.delayMs ?? 0
  // A store that keeps fractions of a millisecond rounds a delay up, and the recorder's clock may leave them out.
  const roundedMs = job.delayMs === undefined ? 0 : 1
  return executeAt >= fromAt + delayMs && executeAt <= untilAt + delayMs + roundedMs
}
