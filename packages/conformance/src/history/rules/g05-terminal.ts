import type { Fence, FinishedState } from '@goscheds/core'
import { isBefore, mayPrecede, type Span } from '../calls.js'
import { isSameFence, isSettled } from '../leases.js'
import type { Control, Evidence, Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** The end of a job that the store acknowledged. */
interface Ending extends Span {
  readonly state: FinishedState
  /** Of the lease that ended with it, if there was one. */
  readonly fence?: Fence
}

/** Something that does not happen to a job that has ended. */
interface Stirring extends Span {
  readonly what: string
  readonly fence?: Fence
  readonly generation?: number
}

/** G5: what has ended stays so, but for a redrive of what is dead, or a new job of the same id. */
export function* terminalStates({ trails }: Evidence): Iterable<Violation> {
  for (const trail of trails.values()) {
    const endings = endingsOf(trail)
    if (endings.length === 0) continue
    const stirrings = stirringsOf(trail)
    for (const ending of endings) {
      const stirring = [...stirrings, ...seenOtherwise(trail, ending)].find(
        (it) => comesAfter(it, ending) && !mayHaveComeBack(trail, ending, it),
      )
      if (stirring === undefined) continue
      yield violation('G5', trail.id, `it had ended as ${ending.state}, and then ${stirring.what}`, [ending, stirring])
    }
  }
}

function endingsOf({ settles, reaps, controls }: Trail): Ending[] {
  const endings: Ending[] = []
  for (const settle of settles) {
    const state = settle.outcome?.status === 'settled' ? settle.outcome.state : undefined
    if (isFinished(state)) endings.push({ ...settle, state })
  }
  for (const reaped of reaps) {
    if (isFinished(reaped.job.outcome)) endings.push({ ...reaped, state: reaped.job.outcome })
  }
  for (const control of controls) {
    if (control.method === 'cancel' && control.status === 'cancelled') endings.push({ ...control, state: 'cancelled' })
  }
  return endings
}

function stirringsOf({ claims, settles, reaps, controls }: Trail): Stirring[] {
  return [
    ...claims.map((claim) => ({ ...claim, what: 'it was claimed' })),
    ...reaps.map((reaped) => ({ ...reaped, what: 'its lease was reaped' })),
    ...settles.filter(isSettled).map((settle) => ({ ...settle, what: 'a lease of it was settled' })),
    ...controls.filter(moves).map((control) => ({ ...control, what: `${control.method}() moved it` })),
  ]
}

function moves({ method, status }: Control): boolean {
  if (method === 'cancel') return status === 'cancelled' || status === 'requested'
  return method === 'reschedule' && status === 'rescheduled'
}

function seenOtherwise({ sightings }: Trail, { state }: Ending): Stirring[] {
  return sightings
    .filter(({ job }) => job.state !== state)
    .map(({ job, ...span }) => ({ ...span, what: `it was seen as ${job.state}`, generation: job.generation }))
}

/** By their order in time, or by that of their fences. What happens to the very lease that ended is for G4. */
function comesAfter(it: Stirring, ending: Ending): boolean {
  if (it.fence === undefined || ending.fence === undefined) return isBefore(ending, it)
  if (isSameFence(it.fence, ending.fence)) return false
  const isLater = it.fence.generation === ending.fence.generation && it.fence.claim > ending.fence.claim
  return isLater || isBefore(ending, it)
}

function mayHaveComeBack(trail: Trail, ending: Ending, it: Stirring): boolean {
  const isBetween = (span: Span): boolean => mayPrecede(ending, span) && mayPrecede(span, it)
  if (ending.state === 'dead' && trail.controls.some((one) => one.method === 'redrive' && isBetween(one))) return true
  const generation = it.fence?.generation ?? it.generation
  if (generation !== undefined && generation === ending.fence?.generation) return false
  return trail.pushes.some(isBetween)
}

function isFinished(state: string | undefined): state is FinishedState {
  return state === 'completed' || state === 'dead' || state === 'cancelled'
}
