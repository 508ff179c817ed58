import type { EnqueueOutcome, Fence, NewJob } from '@goscheds/core'
import { type AnyCall, type Call, joinCalls, type Span, spanOf } from './calls.js'
import type { History, HistoryEvent, RecordedMethod, SnapshotEvent } from './event.js'
import {
  type Claim,
  compareFences,
  type Control,
  keyOf,
  type LeaseTrail,
  type Push,
  leaseOf,
  type Run,
  runKey,
  type Trail,
  uniqueKeyOf,
} from './trails.js'

/** A history, sorted for the rules. */
export interface Evidence {
  readonly history: History
  readonly calls: readonly AnyCall[]
  readonly trails: ReadonlyMap<string, Trail>
  readonly snapshots: readonly SnapshotEvent[]
  /** The names whose finished jobs may be removed because some of them ask for a `maxCount`. */
  readonly trimmedNames: ReadonlySet<string>
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
  trails.addPossibleConflicts()
  for (const event of history.events) trails.addEvent(event)
  for (const trail of trails.byId.values()) sortClaims(trail)
  const snapshots = history.events.filter((event): event is SnapshotEvent => event.type === 'snapshot')
  const callsOf = <Method extends RecordedMethod>(method: Method): readonly Call<Method>[] =>
    (byMethod.get(method) ?? []) as unknown as readonly Call<Method>[]
  const trimmedNames = new Set<string>()
  for (const { input } of callsOf('enqueue')) {
    for (const { name, retention } of input.jobs) if (retention.maxCount !== undefined) trimmedNames.add(name)
  }
  return { history, calls, trails: trails.byId, snapshots, trimmedNames, callsOf }
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
  readonly #withKey: { readonly call: Call<'enqueue'>; readonly job: NewJob; readonly isCertain: boolean }[] = []
  readonly #running = new Map<string, { -readonly [Key in keyof Run]: Run[Key] }>()

  addCall(call: AnyCall): void {
    switch (call.method) {
      case 'enqueue':
        return call.input.jobs.forEach((job, index) => this.#addPush(call, job, index))
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

  #addPush(call: Call<'enqueue'>, job: NewJob, index: number): void {
    const answer = call.output?.[index]
    const push = { job, outcome: pushOutcome(job, answer), isParked: answer?.status === 'queuedAgain', call, index }
    this.#of(job.id).pushes.push(within(call, push))
    if (answer?.status === 'replaced') this.#addControl(answer.replacedId, call, 'remove', 'removed')
    if (answer?.status === 'rescheduled') this.#addControl(answer.id, call, 'reschedule', 'rescheduled')
    if (job.unique !== undefined) this.#withKey.push({ call, job, isCertain: isCertain(job, answer) })
  }

  /** What a push may have done to others of its unique key when its answer was lost, or was that to a second delivery. */
  addPossibleConflicts(): void {
    const idsOf = new Map<string, Set<string>>()
    for (const { job } of this.#withKey) {
      const key = uniqueKeyOf(job) ?? ''
      idsOf.set(key, (idsOf.get(key) ?? new Set()).add(job.id))
    }
    for (const { call, job, isCertain } of this.#withKey) {
      const method = job.unique?.onConflict === 'replace' ? 'remove' : 'reschedule'
      if (isCertain || (method === 'reschedule' && job.unique?.onConflict !== 'reschedule')) continue
      for (const id of idsOf.get(uniqueKeyOf(job) ?? '') ?? []) {
        if (id !== job.id) this.#addControl(id, call, method, undefined)
      }
    }
  }

  #addControl(id: string, span: Span, method: Control['method'], status: string | undefined): void {
    this.#of(id).controls.push(within(span, { method, status }))
  }

  #addControls(call: ControlCall, ids: readonly string[]): void {
    const { method, output } = call
    for (const [index, id] of ids.entries()) {
      this.#addControl(id, call, method, output?.[index]?.status)
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

function pushOutcome(job: NewJob, answer: EnqueueOutcome | undefined): Push['outcome'] {
  if (answer === undefined) return undefined
  if (answer.status === 'rescheduled') return 'refused'
  if (answer.status === 'duplicate') return answer.id === job.id ? 'duplicate' : 'refused'
  return 'added'
}

/** Of an answer that names the job itself as the duplicate, another delivery may have come before it. */
function isCertain(job: NewJob, answer: EnqueueOutcome | undefined): boolean {
  return answer !== undefined && !(answer.status === 'duplicate' && answer.id === job.id)
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
