import type { StoredJob } from '@goscheds/core'
import { isBefore, mayPrecede, type Span } from '../calls.js'
import { mayBeGone } from '../exits.js'
import type { Evidence } from '../gather-evidence.js'
import type { Push, Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/**
 * G12: an id that is held is not given to another job. G15: nor to the same one, when its push is repeated because the
 * reply was lost.
 */
export function* oneOfAnId(evidence: Evidence): Iterable<Violation> {
  for (const trail of evidence.trails.values()) {
    for (const [index, push] of trail.pushes.entries()) {
      if (index === 0 || push.outcome !== 'added') continue
      const held = holding(trail, push, index)
      if (held === undefined || mayMakeRoom(evidence, trail, held, push)) continue
      const isRepeat = trail.pushes.slice(0, index).some(({ outcome }) => outcome === undefined)
      const message = isRepeat ? 'a repeated push made a second job of it' : 'another job got its id while it was there'
      yield violation(isRepeat ? 'G15' : 'G12', trail.id, message, [held, push])
    }
  }
}

/** Whether the job that came first may have been gone by the second; of two pushes at once, either may have come first. */
function mayMakeRoom(evidence: Evidence, trail: Trail, held: Span, push: Push): boolean {
  if (held.events === push.events) return isReplacedBetween(held as Push, push)
  if (mayBeGone(evidence, trail, held, push)) return true
  return mayPrecede(push, held) && mayBeGone(evidence, trail, push, held)
}

/** Of two pushes of one call, whether another between them has taken the place of the first. */
function isReplacedBetween({ index, job }: Push, push: Push): boolean {
  if (push.call.method !== 'enqueue') return false
  const between = push.call.output?.slice(index + 1, push.index) ?? []
  return between.some((answer) => answer.status === 'replaced' && answer.replacedId === job.id)
}

/** The last thing that shows that the id was held before, or that it was given away as well. */
function holding(trail: Trail, push: Push, index: number): Span | undefined {
  const shown: Span[] = [
    ...trail.pushes.slice(0, index).filter(({ outcome }) => outcome === 'added'),
    ...trail.claims.filter((claim) => isBefore(claim, push)),
    // What had ended when it was seen may have been pruned since, and its end came before.
    ...trail.sightings.filter((seen) => isLive(seen.job) && isBefore(seen, push)),
  ]
  return shown.reduce<Span | undefined>(
    (last, span) => (last === undefined || span.from >= last.from ? span : last),
    undefined,
  )
}

function isLive({ state }: StoredJob): boolean {
  return state === 'scheduled' || state === 'ready' || state === 'active'
}
