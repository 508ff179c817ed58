import type { Evidence } from '../gather-evidence.js'
import { endedBefore, isSettled, runningUnder } from '../leases.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** The answers that say that a waiting job was moved. */
const MOVED = new Set<string | undefined>(['removed', 'rescheduled', 'cancelled', 'redriven'])

/** G4: a lease that is over settles nothing and extends nothing; and while it is current, nobody moves the job under it. */
export function* fencing({ trails }: Evidence): Iterable<Violation> {
  for (const trail of trails.values()) {
    for (const control of trail.controls) {
      const claim = MOVED.has(control.status) ? runningUnder(trail, control) : undefined
      if (claim === undefined) continue
      yield violation('G4', trail.id, `it was ${control.status} under its lease`, [claim, control])
    }
    for (const { settles, reaps, extensions } of trail.leases.values()) {
      const [reaped, again] = reaps
      if (reaped && again) yield violation('G4', trail.id, 'one lease was reaped twice', [reaped, again])
      const settled = settles.filter(isSettled)
      for (const [index, settle] of settled.entries()) {
        // A lease ends once, whichever of two ends came first.
        const twin = index > 0 ? settled[0] : reaps[0]
        const end = twin ?? endedBefore(trail, settle.fence, settle)
        if (end === undefined) continue
        const message = twin ? 'one lease was ended twice' : 'a lease was settled that was over'
        yield violation('G4', trail.id, message, [end, settle])
      }
      for (const extension of extensions) {
        if (extension.outcome === undefined || extension.outcome === 'lost') continue
        const end = endedBefore(trail, extension.fence, extension)
        if (end !== undefined) yield violation('G4', trail.id, 'a lease was extended that was over', [end, extension])
      }
    }
  }
}
