import type {
  ClaimedJob,
  ExtendOutcome,
  Fence,
  NewJob,
  ReapedJob,
  Settlement,
  SettleOutcome,
  StoredJob,
} from '@goscheds/core'
import { type AnyCall, type Call, joinCalls, type Span, spanOf } from './calls.js'
import type { HandlerStartEvent, History, HistoryEvent, SnapshotEvent } from './event.js'

/** A job in a call of `enqueue`. In all of these, an outcome is undefined when the call was not answered. */
export interface Push extends Span {
  readonly job: NewJob
  readonly outcome: 'added' | 'duplicate' | undefined
  readonly call: Call<'enqueue'>
  /** Its place in the call. */
  readonly index: number
}

/** A job in the answer of a `claim`. */
export interface Claim extends Span {
  readonly job: ClaimedJob
  readonly fence: Fence
  readonly call: Call<'claim'>
  readonly index: number
}

/** A lease in a call of `extend`. */
export interface Extension extends Span {
  readonly fence: Fence
  readonly leaseMs: number
  readonly outcome: ExtendOutcome | undefined
}

/** A lease in a call of `settle`. */
export interface Settle extends Span {
  readonly fence: Fence
  readonly settlement: Settlement
  readonly outcome: SettleOutcome | undefined
}

/** A lease in the answer of a `reap`. */
export interface Reaped extends Span {
  readonly job: ReapedJob
  readonly fence: Fence
  readonly call: Call<'reap'>
}

/** An id in a call that controls jobs. */
export interface Control extends Span {
  readonly method: 'cancel' | 'reschedule' | 'remove' | 'redrive'
  readonly status: string | undefined
}

/** A job in the answer of `get` or `list`, or in a snapshot. */
export interface Sighting extends Span {
  readonly job: StoredJob
}

/** One run of a handler. */
export interface Run extends Span {
  readonly start: HandlerStartEvent
  readonly fence: Fence
}

/** All that a history says of one id, each kind in the order of the history. */
export interface Trail {
  readonly id: string
  readonly pushes: Push[]
  readonly claims: Claim[]
  readonly extensions: Extension[]
  readonly settles: Settle[]
  readonly reaps: Reaped[]
  readonly controls: Control[]
  readonly sightings: Sighting[]
  readonly runs: Run[]
}

/** A history, sorted for the rules. */
export interface Evidence {
  readonly history: History
  readonly calls: readonly AnyCall[]
  readonly trails: ReadonlyMap<string, Trail>
  readonly snapshots: readonly SnapshotEvent[]
}

/** Sorts what a history says by the job that it says it of. */
export function gatherEvidence(history: History): Evidence {
  const calls = joinCalls(history.events)
  const trails = new Trails()
  for (const call of calls) trails.addCall(call)
  for (const event of history.events) trails.addEvent(event)
  for (const { claims } of trails.byId.values()) claims.sort(byFence)
  const snapshots = history.events.filter((event): event is SnapshotEvent => event.type === 'snapshot')
  return { history, calls, trails: trails.byId, snapshots }
}

/** Negative when the first is the older one. */
export function compareFences(a: Fence, b: Fence): number {
  return a.generation - b.generation || a.claim - b.claim
}

function byFence(a: Claim, b: Claim): number {
  return compareFences(a.fence, b.fence) || a.from - b.from
}

class Trails {
  readonly byId = new Map<string, Trail>()
  readonly #running = new Map<string, { -readonly [Key in keyof Run]: Run[Key] }>()

  addCall(call: AnyCall): void {
    const { from, until, fromAt, untilAt, events } = call
    // Spelled out below: a spread of these costs seventy times as much, and every seed of a simulation is checked.
    switch (call.method) {
      case 'enqueue':
        return call.input.jobs.forEach((job, index) => {
          this.#of(job.id).pushes.push({
            from,
            until,
            fromAt,
            untilAt,
            events,
            job,
            outcome: call.output?.[index]?.status,
            call,
            index,
          })
        })
      case 'claim':
        return call.output?.jobs.forEach((job, index) => {
          this.#of(job.id).claims.push({ from, until, fromAt, untilAt, events, job, fence: job.fence, call, index })
        })
      case 'extend':
        return call.input.leases.forEach(({ id, fence }, index) => {
          const { leaseMs } = call.input
          this.#of(id).extensions.push({
            from,
            until,
            fromAt,
            untilAt,
            events,
            fence,
            leaseMs,
            outcome: call.output?.[index],
          })
        })
      case 'settle':
        return call.input.entries.forEach(({ lease: { id, fence }, settlement }, index) => {
          this.#of(id).settles.push({
            from,
            until,
            fromAt,
            untilAt,
            events,
            fence,
            settlement,
            outcome: call.output?.[index],
          })
        })
      case 'reap':
        return call.output?.reaped.forEach((job) => {
          this.#of(job.id).reaps.push({ from, until, fromAt, untilAt, events, job, fence: job.fence, call })
        })
      case 'cancel':
      case 'remove':
      case 'redrive':
        return call.input.ids.forEach((id, index) => {
          this.#of(id).controls.push({
            from,
            until,
            fromAt,
            untilAt,
            events,
            method: call.method,
            status: call.output?.[index]?.status,
          })
        })
      case 'reschedule':
        return call.input.entries.forEach(({ id }, index) => {
          this.#of(id).controls.push({
            from,
            until,
            fromAt,
            untilAt,
            events,
            method: call.method,
            status: call.output?.[index]?.status,
          })
        })
      case 'get':
        return call.output?.forEach(
          (job) => job !== null && this.#of(job.id).sightings.push({ from, until, fromAt, untilAt, events, job }),
        )
      case 'list':
        return call.output?.jobs.forEach((job) =>
          this.#of(job.id).sightings.push({ from, until, fromAt, untilAt, events, job }),
        )
      default:
    }
  }

  addEvent(event: HistoryEvent): void {
    if (event.type === 'snapshot') {
      const { from, until, fromAt, untilAt, events } = spanOf(event)
      for (const job of event.jobs) this.#of(job.id).sightings.push({ from, until, fromAt, untilAt, events, job })
    } else if (event.type === 'start') {
      const { lease, process } = event
      const end = { until: Infinity, untilAt: Infinity }
      const run = { from: event.seq, fromAt: event.at, ...end, events: [event], start: event, fence: lease.fence }
      this.#of(lease.id).runs.push(run)
      this.#running.set(runKey(process, lease.id, lease.fence), run)
    } else if (event.type === 'end') {
      const run = this.#running.get(runKey(event.process, event.id, event.fence))
      if (run === undefined) return
      run.until = event.seq
      run.untilAt = event.at
      run.events = [...run.events, event]
    }
  }

  #of(id: string): Trail {
    let trail = this.byId.get(id)
    if (trail === undefined) {
      const lists = { pushes: [], claims: [], extensions: [], settles: [], reaps: [], controls: [], sightings: [] }
      trail = { id, ...lists, runs: [] }
      this.byId.set(id, trail)
    }
    return trail
  }
}

function runKey(process: string, id: string, { generation, claim }: Fence): string {
  return `${process}\n${id}\n${generation}.${claim}`
}
