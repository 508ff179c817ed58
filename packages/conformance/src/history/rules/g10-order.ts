import type { Span } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import type { Claim, Push, Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** A job that was due when it was pushed, with its first claim: nothing else has touched it before. */
interface Passage {
  readonly id: string
  readonly push: Push
  readonly claim: Claim
}

/** One of two places of a passage, with its place in the batch. */
interface Place extends Span {
  readonly call: unknown
  readonly index: number
}

/** G10: of two jobs of a name, and of a group or priority, that were due when they were pushed, the one pushed first is claimed first. */
export function* order({ history, callsOf, trails }: Evidence): Iterable<Violation> {
  const waiters = new Map<string, Set<string>>()
  for (const { input } of history.header.setsAside === false ? [] : callsOf('waitForReady')) {
    const { name, worker } = input
    waiters.set(name, (waiters.get(name) ?? new Set()).add(worker))
  }
  const byName = new Map<string, Passage[]>()
  for (const trail of trails.values()) {
    const passage = passageOf(trail)
    if (passage === undefined) continue
    const { name, worker } = passage.claim.call.input
    // Another worker that waits may have had the job set aside for it, and given it back.
    const others = waiters.get(name)
    if (others !== undefined && (others.size > 1 || !others.has(worker))) continue
    const { group, priority = 0 } = passage.push.job
    const key = JSON.stringify([name, group === undefined ? priority : { group: group.key }])
    const passages = byName.get(key)
    if (passages === undefined) byName.set(key, [passage])
    else passages.push(passage)
  }
  for (const passages of byName.values()) yield* overtakings(passages)
}

function passageOf({ id, pushes, claims, controls }: Trail): Passage | undefined {
  const [push, ...others] = pushes
  const claim = claims.find(({ fence }) => fence.claim === 1)
  if (push?.outcome !== 'added' || push.isParked || others.length > 0 || claim === undefined || controls.length > 0)
    return undefined
  const { executeAt, delayMs = 0 } = push.job
  const isDue = executeAt === undefined ? delayMs <= 0 : executeAt <= push.fromAt
  return isDue && push.job.name === claim.job.name ? { id, push, claim } : undefined
}

/**
 * Goes through the jobs by their claims, and keeps in mind, of those whose claims are certainly over, the one that was
 * pushed last: nobody who is claimed from here on may have been pushed before it.
 */
function* overtakings(passages: readonly Passage[]): Iterable<Violation> {
  const begun = passages.toSorted((a, b) => a.claim.from - b.claim.from || a.claim.index - b.claim.index)
  const ended = passages.toSorted((a, b) => a.claim.until - b.claim.until || a.claim.index - b.claim.index)
  let over = 0
  let latest: Passage | undefined
  let batch: Passage | undefined
  for (const passage of begun) {
    for (let next = ended[over]; next !== undefined && next.claim.until < passage.claim.from; next = ended[++over]) {
      latest = later(latest, next)
    }
    if (batch?.claim.call !== passage.claim.call) batch = undefined
    const overtaker = [latest, batch].find((other) => other !== undefined && isAhead(passage.push, other.push))
    if (overtaker !== undefined) {
      const message = `it was claimed after ${overtaker.id}, which was pushed after it`
      const shown = [passage.push, overtaker.push, overtaker.claim, passage.claim]
      yield violation('G10', passage.id, message, shown)
    }
    batch = later(batch, passage)
  }
}

function later(a: Passage | undefined, b: Passage): Passage {
  if (a === undefined) return b
  return (b.push.from - a.push.from || b.push.index - a.push.index) > 0 ? b : a
}

function isAhead(first: Place, second: Place): boolean {
  return first.call === second.call ? first.index < second.index : first.until < second.from
}
