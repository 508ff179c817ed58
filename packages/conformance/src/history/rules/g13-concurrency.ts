import type { HandlerStartEvent, ProcessEvent } from '../event.js'
import { spanOf } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import { leaseOf, runKey, type Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G13: a process runs no more handlers of a name at once than it said that it would. */
export function* concurrency({ history, trails }: Evidence): Iterable<Violation> {
  const started = new Map<string, ProcessEvent>()
  const running = new Map<string, Map<string, HandlerStartEvent>>()
  for (const event of history.events) {
    if (event.type === 'process') {
      if (event.what === 'started') started.set(event.process, event)
      if (event.what === 'crashed') started.delete(event.process)
    } else if (event.type === 'end') {
      for (const runs of running.values()) runs.delete(runKey(event.process, event.id, event.fence))
    } else if (event.type === 'start') {
      const { process, lease } = event
      const declared = started.get(process)
      const limits = declared?.concurrency ?? {}
      const most = Object.hasOwn(limits, lease.name) ? limits[lease.name] : undefined
      if (declared === undefined || most === undefined || isGivenUp(trails.get(lease.id), event)) continue
      const lane = `${process}\n${lease.name}`
      const runs = running.get(lane) ?? new Map<string, HandlerStartEvent>()
      running.set(lane, runs)
      runs.set(runKey(process, lease.id, lease.fence), event)
      if (runs.size <= most) continue
      const message = `${process} runs ${runs.size} handlers of '${lease.name}' at once, and ${most} are the most`
      yield violation('G13', lease.id, message, [declared, ...runs.values()].map(spanOf))
    }
  }
}

/** A handler that does not end when it is told to loses its slot and lease: it is settled while it runs. */
function isGivenUp(trail: Trail | undefined, start: HandlerStartEvent): boolean {
  if (trail === undefined) return false
  const { runs, settles } = leaseOf(trail, start.lease.fence)
  const until = runs.find((run) => run.start === start)?.until ?? Infinity
  return settles.some(({ from }) => from > start.seq && from < until)
}
