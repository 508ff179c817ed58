import { mayPrecede } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G19: payload and options come back byte for byte, with what this release does not know in them. */
export function* records({ trails }: Evidence): Iterable<Violation> {
  for (const trail of trails.values()) {
    if (trail.pushes.length === 0) continue
    for (const seen of [...trail.claims, ...trail.sightings]) {
      if ('damage' in seen.job || 'unsupported' in seen.job) continue
      const { payload, options } = seen.job
      const pushes = trail.pushes.filter((push) => mayPrecede(push, seen))
      const isOne = pushes.some(({ job }) => job.payload === payload && job.options === options)
      if (isOne || pushes.length === 0) continue
      const what = pushes.some(({ job }) => job.payload === payload) ? 'options' : 'payload'
      yield violation('G19', trail.id, `its ${what} came back altered`, [...pushes.slice(-1), seen])
      break
    }
  }
}
