import { isBefore, type Span } from '../calls.js'
import { endingsOf, mayHaveComeBack } from '../endings.js'
import type { Evidence } from '../gather-evidence.js'
import { type Hold, holdsOf, isOneKind } from '../holds.js'
import { runningUnder } from '../leases.js'
import { type Push, type Trail, uniqueKeyOf } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** What only the holder of a key may do, or have done to it. */
interface Act {
  readonly id: string
  readonly span: Span
  readonly what: string
}

/**
 * G12: while a job certainly holds a unique key, no other of its name is added, claimed or redriven under it; and no
 * push is refused for a job that certainly does not hold it.
 */
export function* uniqueKeys(evidence: Evidence): Iterable<Violation> {
  for (const [key, ids] of evidence.idsOfKey) {
    const trails = [...ids].flatMap((id) => evidence.trails.get(id) ?? [])
    for (const trail of trails) {
      for (const push of trail.pushes) if (uniqueKeyOf(push.job) === key) yield* wronglyRefused(evidence, push, key)
    }
    if (trails.length < 2) continue
    const isForATime = trails.some(({ pushes }) => pushes.some(({ job }) => typeof job.unique?.until === 'object'))
    const acts = trails
      .flatMap((trail) => [...actsOf(trail, key, isForATime)])
      .sort((a, b) => a.span.from - b.span.from)
    for (const trail of trails) yield* intrusions(holdsOf(evidence, trail, key), acts)
  }
}

function* intrusions(holds: readonly Hold[], acts: readonly Act[]): Iterable<Violation> {
  const found = new Set<Act>()
  for (const { id, since, atLeastUntil, untilAt } of holds) {
    for (let next = firstAfter(acts, since.until); next < acts.length; next++) {
      const act = acts[next] as Act
      if (act.span.from >= atLeastUntil || act.span.fromAt >= untilAt) break
      if (act.id === id || act.span.until >= atLeastUntil || act.span.untilAt >= untilAt) continue
      if (found.has(act)) continue
      found.add(act)
      yield violation('G12', act.id, `${act.what} while ${id} held its unique key`, [since, act.span])
      break
    }
  }
}

/** `isForATime`: some hold the key for a time, behind whom a job that comes back goes on without it. */
function* actsOf({ id, pushes, claims, controls, ...trail }: Trail, key: string, isForATime: boolean): Iterable<Act> {
  for (const span of pushes) {
    if (span.outcome !== 'added' || span.isParked || uniqueKeyOf(span.job) !== key) continue
    yield { id, span, what: 'it was added' }
  }
  const whole = { id, pushes, claims, controls, ...trail }
  const [isUntilFinished, isUntilStarted] = [isOneKind(whole, key, 'finished'), isOneKind(whole, key, 'started')]
  for (const span of claims) {
    if (isUntilFinished || (isUntilStarted && (span.fence.claim === 1 || !isForATime))) {
      yield { id, span, what: 'it was claimed' }
    }
  }
  if (!isUntilFinished && !isUntilStarted) return
  for (const span of controls) {
    if (span.method === 'redrive' && span.status === 'redriven') yield { id, span, what: 'it was redriven' }
  }
}

/** The first act that begins after that place, in a list that is in order. */
function firstAfter(acts: readonly Act[], place: number): number {
  let [low, high] = [0, acts.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((acts[middle] as Act).span.from > place) high = middle
    else low = middle + 1
  }
  return low
}

function* wronglyRefused({ trails }: Evidence, push: Push, key: string): Iterable<Violation> {
  const holder = push.outcome === 'refused' && push.answer !== undefined ? trails.get(push.answer.id) : undefined
  const [first] = holder?.pushes ?? []
  // One that is older than the history may have asked for the key there.
  if (holder === undefined || first?.outcome !== 'added' || !isBefore(first, push)) return
  const message = `it was refused for ${holder.id}, which does not hold its unique key`
  const shown = whyNoHolder(holder, push, key)
  if (shown !== undefined) yield violation('G12', push.job.id, message, [...shown, push])
}

/** What shows that a job does not hold the key, nor is parked behind it. */
function whyNoHolder(trail: Trail, push: Push, key: string): readonly Span[] | undefined {
  const { pushes } = trail
  const asked = pushes.filter(({ job }) => uniqueKeyOf(job) === key)
  if (asked.length === 0) return pushes.slice(0, 1)
  if (asked.some(({ job }) => typeof job.unique?.until === 'object')) return whyOver(pushes, push)
  const ending = endingsOf(trail).find(
    (one) => isBefore(one.span, push) && !mayHaveComeBack(trail, one, { span: push }),
  )
  if (ending !== undefined) return [ending.span]
  if (!isOneKind(trail, key, 'started')) return undefined
  const running = runningUnder(trail, push)
  return running && [running]
}

/** Only where each push of the holder asks for a time, and all of these have passed. */
function whyOver(pushes: readonly Push[], push: Push): readonly Span[] | undefined {
  const isOver = pushes.every(({ job, untilAt }) => {
    const until = job.unique?.until
    // A store that keeps fractions of a millisecond rounds the end up, and the recorder's clock may leave them out.
    return typeof until === 'object' && untilAt + until.ttlMs + 1 <= push.fromAt
  })
  return isOver ? pushes.slice(-1) : undefined
}
