import { spanOf } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import { mayBeLimitedMeanwhile } from '../limits.js'
import { mayBePausedMeanwhile } from '../pauses.js'
import type { Violation } from '../violation.js'
import { type CheckOptions, violation } from './rule.js'

/** G9: once all is healthy, the first attempt of a job begins at most so late, where that is asked for. */
export function* lateness(evidence: Evidence, { maxLatenessMs }: CheckOptions): Iterable<Violation> {
  const { history, trails, callsOf } = evidence
  const healthy = history.events.find(({ type }) => type === 'healthy')
  if (healthy === undefined || maxLatenessMs === undefined) return
  for (const trail of trails.values()) {
    const [push, ...others] = trail.pushes
    const run = trail.runs[0]
    // What was moved is due at another time than it was pushed for.
    if (trail.controls.length > 0 || push?.isParked === true) continue
    if (push?.outcome !== 'added' || others.length > 0 || run?.fence.claim !== 1) continue
    const dueAt = Math.max(run.start.executeAt, push.untilAt, healthy.at)
    const lateMs = run.start.at - dueAt
    if (lateMs <= maxLatenessMs) continue
    // What is paused or limited is late by what was asked for.
    const since = push.until > healthy.seq ? push : spanOf(healthy)
    const { name } = run.start.lease
    if (mayBePausedMeanwhile(callsOf('setPaused'), name, since, run)) continue
    if (mayBeLimitedMeanwhile(evidence, name, since, run)) continue
    const message = `its handler began ${lateMs} ms late, and ${maxLatenessMs} ms is the most`
    yield violation('G9', trail.id, message, [push, spanOf(healthy), run])
  }
}
