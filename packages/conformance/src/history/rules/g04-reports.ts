import type { Evidence } from '../gather-evidence.js'
import { endedBefore } from '../leases.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G4: a lease that is over reports nothing. */
export function* fencedReports({ trails, callsOf }: Evidence): Iterable<Violation> {
  for (const call of callsOf('report')) {
    for (const [index, { lease }] of call.input.entries.entries()) {
      const trail = trails.get(lease.id)
      if (trail === undefined || call.output?.[index] !== 'reported') continue
      const end = endedBefore(trail, lease.fence, call)
      if (end !== undefined) yield violation('G4', lease.id, 'a lease reported that was over', [end, call])
    }
  }
}
