import { spanOf } from '../calls.js'
import type { History, ProcessEvent } from '../event.js'
import type { Evidence } from '../gather-evidence.js'
import { leaseOf, type Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G16: what has stopped calls nothing, runs nothing and holds no lease. */
export function* stopped({ history, trails, snapshots }: Evidence): Iterable<Violation> {
  const stops = new Map<string, ProcessEvent>()
  for (const event of history.events) {
    if (event.type === 'process' && event.what === 'stopped') stops.set(event.process, event)
  }
  if (stops.size === 0) return
  const failing = failingAtStop(history, stops)
  for (const event of history.events) {
    const stop = stops.get(event.process)
    if (stop === undefined || event.seq < stop.seq) continue
    if (event.type === 'start') {
      yield violation(
        'G16',
        event.lease.id,
        `${event.process} began a handler after its stop`,
        [stop, event].map(spanOf),
      )
    }
    // A stop does not wait for ever for a store that is away: the last calls may come when it is back.
    if (event.type === 'invoke' && !failing.has(event.process)) {
      const message = `${event.process} called ${event.method} after its stop`
      yield violation('G16', undefined, message, [stop, event].map(spanOf))
    }
  }
  for (const trail of trails.values()) {
    if (trail.sightings.some(({ job }) => job.state === 'active')) yield* leasesLeft(trail, stops, failing, snapshots)
  }
}

/** The processes that had a call under way when they stopped, or of some method the last call had failed. */
function failingAtStop({ events }: History, stops: ReadonlyMap<string, ProcessEvent>): Set<string> {
  const open = new Map<string, Map<number, string>>()
  const failed = new Map<string, Set<string | undefined>>()
  const failing = new Set<string>()
  for (const event of events) {
    const stop = stops.get(event.process)
    if (stop === undefined || event.seq > stop.seq) continue
    const calls = open.get(event.process) ?? new Map<number, string>()
    open.set(event.process, calls)
    const failures = failed.get(event.process) ?? new Set()
    failed.set(event.process, failures)
    if (event.type === 'invoke') calls.set(event.call, event.method)
    if (event.type === 'ok') failures.delete(calls.get(event.call))
    if (event.type === 'fail' || event.type === 'unknown') failures.add(calls.get(event.call))
    if (event.type === 'ok' || event.type === 'fail' || event.type === 'unknown') calls.delete(event.call)
    if (event === stop && calls.size + failures.size > 0) failing.add(event.process)
  }
  return failing
}

function* leasesLeft(
  trail: Trail,
  stops: ReadonlyMap<string, ProcessEvent>,
  failing: ReadonlySet<string>,
  snapshots: Evidence['snapshots'],
): Iterable<Violation> {
  for (const snapshot of snapshots) {
    const job = snapshot.jobs.find(({ id, state }) => id === trail.id && state === 'active')
    if (job === undefined) continue
    const fence = { generation: job.generation, claim: job.claims }
    const {
      claims: [claim],
      settles,
    } = leaseOf(trail, fence)
    const stop = claim && stops.get(claim.call.process)
    if (claim === undefined || stop === undefined || claim.until > stop.seq || stop.seq > snapshot.seq) continue
    // What it could not settle is left to the reaper.
    if (failing.has(stop.process) || settles.some(({ outcome }) => outcome === undefined)) continue
    const message = `${stop.process} holds a lease of it after its stop`
    yield violation('G16', trail.id, message, [claim, spanOf(stop), spanOf(snapshot)])
    return
  }
}
