import { isBefore, mayPrecede } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G13: while a name, or the namespace, is paused, nothing of it is handed out. */
export function* paused({ callsOf }: Evidence): Iterable<Violation> {
  const controls = callsOf('setPaused')
  for (const claim of controls.length === 0 ? [] : callsOf('claim')) {
    if (claim.output === undefined || claim.output.jobs.length === 0) continue
    const { name } = claim.input
    const pause = controls.find(({ input, ...pause }) => {
      const isOfName = input.names === undefined || input.names.includes(name)
      if (!input.paused || !isOfName || !isBefore(pause, claim)) return false
      return !controls.some(
        (other) => mayLift(other.input, input, name) && mayPrecede(pause, other) && mayPrecede(other, claim),
      )
    })
    if (pause !== undefined)
      yield violation('G13', claim.output.jobs[0]?.id, 'it was claimed while paused', [pause, claim])
  }
}

interface SetPaused {
  readonly names?: readonly string[]
  readonly paused: boolean
}

/** Whether the one may have lifted the pause that the other began: the name and the namespace are paused apart. */
function mayLift(one: SetPaused, other: SetPaused, name: string): boolean {
  if (one.paused) return false
  return other.names === undefined ? one.names === undefined : one.names?.includes(name) === true
}
