import type { Fence, FinishedState } from '@goscheds/core'
import { mayPrecede, type Span } from './calls.js'
import type { Trail } from './trails.js'

/** The end of a job that the store acknowledged. */
export interface Ending {
  readonly span: Span
  readonly state: FinishedState | 'removed'
  /** Of the lease that ended with it, if there was one. */
  readonly fence?: Fence
}

/** All ends of the job that the store acknowledged. */
export function endingsOf({ settles, reaps, expiries, controls, sightings }: Trail): Ending[] {
  const endings: Ending[] = []
  for (const span of settles) {
    const state = span.outcome?.status === 'settled' ? span.outcome.state : undefined
    if (isFinished(state)) endings.push({ span, state, fence: span.fence })
  }
  for (const span of reaps) {
    if (isFinished(span.job.outcome)) endings.push({ span, state: span.job.outcome, fence: span.fence })
  }
  for (const span of expiries) endings.push({ span, state: 'dead' })
  for (const span of controls) {
    if (span.method === 'cancel' && span.status === 'cancelled') endings.push({ span, state: 'cancelled' })
    if (span.method === 'remove' && span.status === 'removed') endings.push({ span, state: 'removed' })
  }
  for (const span of sightings) if (isFinished(span.job.state)) endings.push({ span, state: span.job.state })
  return endings
}

/** Something that is seen after an end, with what tells of which life of the id it is. */
interface Later {
  readonly span: Span
  readonly fence?: Fence
  readonly generation?: number
}

/** Whether the job, or another of its id, may be there again after that end. */
export function mayHaveComeBack(trail: Trail, ending: Ending, it: Later): boolean {
  const isBetween = (span: Span): boolean => mayPrecede(ending.span, span) && mayPrecede(span, it.span)
  if (ending.state === 'dead' && trail.controls.some((one) => one.method === 'redrive' && isBetween(one))) return true
  const generation = it.fence?.generation ?? it.generation
  if (generation !== undefined && generation === ending.fence?.generation) return false
  return trail.pushes.some(isBetween)
}

function isFinished(state: string | undefined): state is FinishedState {
  return state === 'completed' || state === 'dead' || state === 'cancelled'
}
