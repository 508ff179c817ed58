import type { Fence } from '@goscheds/core'
import { type AnyCall, type Call, joinCalls, type Span, spanOf } from './calls.js'
import type { History, HistoryEvent, RecordedMethod, SnapshotEvent } from './event.js'
import {
  type Claim,
  compareFences,
  type Control,
  keyOf,
  type LeaseTrail,
  leaseOf,
  type Run,
  runKey,
  type Trail,
} from './trails.js'

/** A history, sorted for the rules. */
export interface Evidence {
  readonly history: History
  readonly calls: readonly AnyCall[]
  readonly trails: ReadonlyMap<string, Trail>
  readonly snapshots: readonly SnapshotEvent[]
  /** The calls of one method. */
  readonly callsOf: <Method extends RecordedMethod>(method: Method) => readonly Call<Method>[]
}

/** Sorts what a history says by the job that it says it of. */
export function gatherEvidence(history: History): Evidence {
  const calls = joinCalls(history.events)
  const byMethod = new Map<RecordedMethod, AnyCall[]>()
  const trails = new Trails()
  for (const call of calls) {
    trails.addCall(call)
    const others = byMethod.get(call.method)
    if (others === undefined) byMethod.set(call.method, [call])
    else others.push(call)
  }
  for (const event of history.events) trails.addEvent(event)
  for (const trail of trails.byId.values()) sortClaims(trail)
  const snapshots = history.events.filter((event): event is SnapshotEvent => event.type === 'snapshot')
  const callsOf = <Method extends RecordedMethod>(method: Method): readonly Call<Method>[] =>
    (byMethod.get(method) ?? []) as unknown as readonly Call<Method>[]
  return { history, calls, trails: trails.byId, snapshots, callsOf }
}

/** By their fences; and to each lease, which of the claims behind it was the soonest. */
function sortClaims(trail: Trail): void {
  const claims = trail.claims.sort((a, b) => compareFences(a.fence, b.fence) || a.from - b.from)
  let soonest: Claim | undefined
  for (const claim of claims.toReversed()) {
    if (soonest !== undefined && compareFences(soonest.fence, claim.fence) > 0) {
      leaseOf(trail, claim.fence).overtakenBy ??= soonest
    }
    if (soonest === undefined || claim.until <= soonest.until) soonest = claim
  }
}

type ControlCall = Extract<AnyCall, { readonly method: Control['method'] }>

class Trails {
  readonly byId = new Map<string, Trail>()
  readonly #running = new Map<string, { -readonly [Key in keyof Run]: Run[Key] }>()

  addCall(call: AnyCall): void {
    switch (call.method) {
      case 'enqueue':
        return call.input.jobs.forEach((job, index) => {
          const outcome = call.output?.[index]?.status
          this.#of(job.id).pushes.push(within(call, { job, outcome, call, index }))
        })
      case 'claim':
        return call.output?.jobs.forEach((job, index) => {
          const claim = within(call, { job, fence: job.fence, call, index })
          this.#of(job.id).claims.push(claim)
          this.#lease(job.id, job.fence).claims.push(claim)
        })
      case 'extend':
        return call.input.leases.forEach(({ id, fence }, index) => {
          const { leaseMs } = call.input
          this.#lease(id, fence).extensions.push(within(call, { fence, leaseMs, outcome: call.output?.[index] }))
        })
      case 'settle':
        return call.input.entries.forEach(({ lease: { id, fence }, settlement }, index) => {
          const settle = within(call, { fence, settlement, outcome: call.output?.[index] })
          this.#of(id).settles.push(settle)
          this.#lease(id, fence).settles.push(settle)
        })
      case 'reap':
        return call.output?.reaped.forEach((job) => {
          const reaped = within(call, { job, fence: job.fence, call })
          this.#of(job.id).reaps.push(reaped)
          this.#lease(job.id, job.fence).reaps.push(reaped)
        })
      case 'cancel':
      case 'remove':
      case 'redrive':
        return this.#addControls(call, call.input.ids)
      case 'reschedule':
        return this.#addControls(
          call,
          call.input.entries.map(({ id }) => id),
        )
      case 'get':
        return call.output?.forEach((job) => job !== null && this.#of(job.id).sightings.push(within(call, { job })))
      case 'list':
        return call.output?.jobs.forEach((job) => this.#of(job.id).sightings.push(within(call, { job })))
      default:
    }
  }

  addEvent(event: HistoryEvent): void {
    if (event.type === 'snapshot') {
      for (const job of event.jobs) this.#of(job.id).sightings.push(within(spanOf(event), { job }))
    } else if (event.type === 'start') {
      const { id, fence } = event.lease
      const run = within({ ...spanOf(event), until: Infinity, untilAt: Infinity }, { start: event, fence })
      this.#of(id).runs.push(run)
      this.#lease(id, fence).runs.push(run)
      this.#running.set(runKey(event.process, id, fence), run)
    } else if (event.type === 'end') {
      const run = this.#running.get(runKey(event.process, event.id, event.fence))
      if (run === undefined) return
      run.until = event.seq
      run.untilAt = event.at
      run.events = [...run.events, event]
    }
  }

  #addControls(call: ControlCall, ids: readonly string[]): void {
    const { method, output } = call
    for (const [index, id] of ids.entries()) {
      this.#of(id).controls.push(within(call, { method, status: output?.[index]?.status }))
    }
  }

  #of(id: string): Trail {
    let trail = this.byId.get(id)
    if (trail === undefined) {
      const lists = { pushes: [], claims: [], settles: [], reaps: [], controls: [], sightings: [], runs: [] }
      trail = { id, ...lists, leases: new Map() }
      this.byId.set(id, trail)
    }
    return trail
  }

  #lease(id: string, fence: Fence): LeaseTrail {
    const { leases } = this.#of(id)
    const key = keyOf(fence)
    let lease = leases.get(key)
    if (lease === undefined) {
      lease = { claims: [], extensions: [], settles: [], reaps: [], runs: [], overtakenBy: undefined }
      leases.set(key, lease)
    }
    return lease
  }
}

/** A fact that was seen in this span. Spelled out, as a spread is many times slower, and every seed is checked. */
function within<Fact extends object>({ from, until, fromAt, untilAt, events }: Span, fact: Fact): Span & Fact {
  const found = fact as { -readonly [Key in keyof Span]: Span[Key] } & Fact
  found.from = from
  found.until = until
  found.fromAt = fromAt
  found.untilAt = untilAt
  found.events = events
  return found
}
