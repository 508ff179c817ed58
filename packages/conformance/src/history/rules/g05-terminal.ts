import type { Fence } from '@goscheds/core'
import { isBefore, type Span } from '../calls.js'
import { type Ending, endingsOf, mayHaveComeBack } from '../endings.js'
import { isSettled } from '../leases.js'
import type { Evidence } from '../gather-evidence.js'
import { type Control, isSameFence, type Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

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
