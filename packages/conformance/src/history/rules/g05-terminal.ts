import type { Fence, FinishedState } from '@goscheds/core'
import { isBefore, mayPrecede, type Span } from '../calls.js'
import { isSettled } from '../leases.js'
import type { Evidence } from '../gather-evidence.js'
import { type Control, isSameFence, type Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** The end of a job that the store acknowledged. */
interface Ending {
  readonly span: Span
  readonly state: FinishedState | 'removed'
  /** Of the lease that ended with it, if there was one. */
  readonly fence?: Fence
}

/** Something that does not happen to a job that has ended. */
interface Stirring {
  readonly span: Span
  readonly what: string
  readonly fence?: Fence
  readonly generation?: number
}

/** G5: what has ended stays so, but for a redrive of what is dead, or a new job of the same id. */
export function* terminalStates({ trails }: Evidence): Iterable<Violation> {
  for (const trail of trails.values()) {
    for (const ending of endingsOf(trail)) {
      const stirring = stirringsOf(trail, ending).find(
        (it) => comesAfter(it, ending) && !mayHaveComeBack(trail, ending, it),
      )
      if (stirring === undefined) continue
      const message = `it had ended as ${ending.state}, and then ${stirring.what}`
      yield violation('G5', trail.id, message, [ending.span, stirring.span])
    }
  }
}

function endingsOf({ settles, reaps, controls, sightings }: Trail): Ending[] {
  const endings: Ending[] = []
  for (const span of settles) {
    const state = span.outcome?.status === 'settled' ? span.outcome.state : undefined
    if (isFinished(state)) endings.push({ span, state, fence: span.fence })
  }
  for (const span of reaps) {
    if (isFinished(span.job.outcome)) endings.push({ span, state: span.job.outcome, fence: span.fence })
  }
  for (const span of controls) {
    if (span.method === 'cancel' && span.status === 'cancelled') endings.push({ span, state: 'cancelled' })
    if (span.method === 'remove' && span.status === 'removed') endings.push({ span, state: 'removed' })
  }
  for (const span of sightings) if (isFinished(span.job.state)) endings.push({ span, state: span.job.state })
  return endings
}

function stirringsOf({ claims, settles, reaps, controls, sightings }: Trail, { state }: Ending): Stirring[] {
  return [
    ...claims.map((span) => ({ span, fence: span.fence, what: 'it was claimed' })),
    ...reaps.map((span) => ({ span, fence: span.fence, what: 'its lease was reaped' })),
    ...settles.filter(isSettled).map((span) => ({ span, fence: span.fence, what: 'a lease of it was settled' })),
    ...controls.filter((one) => moves(one, state)).map((span) => ({ span, what: `${span.method}() moved it` })),
    ...sightings
      .filter(({ job }) => job.state !== state)
      .map((span) => ({ span, what: `it was seen as ${span.job.state}`, generation: span.job.generation })),
  ]
}

function moves({ method, status }: Control, ended: Ending['state']): boolean {
  if (method === 'cancel') return status === 'cancelled' || status === 'requested'
  if (method === 'redrive') return status === 'redriven' && ended !== 'dead'
  return method === 'reschedule' && status === 'rescheduled'
}

/** By their order in time, or by that of their fences. What happens to the very lease that ended is for G4. */
function comesAfter(it: Stirring, ending: Ending): boolean {
  if (it.fence === undefined || ending.fence === undefined) return isBefore(ending.span, it.span)
  if (isSameFence(it.fence, ending.fence)) return false
  if (isBefore(it.span, ending.span)) return false
  const isLater = it.fence.generation === ending.fence.generation && it.fence.claim > ending.fence.claim
  return isLater || isBefore(ending.span, it.span)
}

function mayHaveComeBack(trail: Trail, ending: Ending, it: Stirring): boolean {
  const isBetween = (span: Span): boolean => mayPrecede(ending.span, span) && mayPrecede(span, it.span)
  if (ending.state === 'dead' && trail.controls.some((one) => one.method === 'redrive' && isBetween(one))) return true
  const generation = it.fence?.generation ?? it.generation
  if (generation !== undefined && generation === ending.fence?.generation) return false
  return trail.pushes.some(isBetween)
}

function isFinished(state: string | undefined): state is FinishedState {
  return state === 'completed' || state === 'dead' || state === 'cancelled'
}
