import { isBefore, type Span, spanOf } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import { mayBePaused, pauseInForce, type SetPaused } from '../pauses.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G13: while a name, or the namespace, is paused, nothing of it is handed out; and when it is not, it is not held. */
export function* paused({ callsOf, snapshots }: Evidence): Iterable<Violation> {
  const controls = callsOf('setPaused')
  // The last answer by name that shows that nothing was paused; a pause that is older than the history may be in force.
  const open = new Map<string, Span>()
  const claims = callsOf('claim').filter(({ output }) => output !== undefined)
  if (controls.length === 0 && claims.every(({ output }) => output?.held !== 'paused')) return
  for (const claim of claims.toSorted((a, b) => a.until - b.until)) {
    const { input, output } = claim
    if (output?.held === 'paused') {
      const since = open.get(input.name)
      if (since !== undefined && isBefore(since, claim) && !mayBePaused(controls, input.name, claim, since)) {
        yield violation('G13', undefined, `'${input.name}' was held, and not paused`, [since, claim])
      }
      continue
    }
    // What else may hold it is looked at afterwards.
    open.set(input.name, claim)
    if (output?.jobs.length === 0) continue
    const pause = pauseInForce(controls, input.name, claim)
    if (pause !== undefined) yield violation('G13', output?.jobs[0]?.id, 'it was claimed while paused', [pause, claim])
  }
  for (const snapshot of snapshots) yield* wronglyShown(controls, spanOf(snapshot), snapshot.counts)
}

interface Shown {
  readonly name: string
  readonly paused: boolean
}

function* wronglyShown(controls: readonly SetPaused[], seen: Span, counts: readonly Shown[]): Iterable<Violation> {
  for (const { name, paused: isPaused } of counts) {
    const pause = pauseInForce(controls, name, seen)
    if (pause === undefined || isPaused) continue
    yield violation('G13', undefined, `'${name}' is paused, and is not shown so`, [pause, seen])
  }
}
