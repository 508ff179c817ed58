import type { EnqueueOutcome, Fence, NewJob } from '@goscheds/core'
import { type AnyCall, type Call, type Span, spanOf } from './calls.js'
import type { HistoryEvent } from './event.js'
import { type Fire, isMade, type ScheduleTrail, turnKey } from './schedule-trails.js'
import { type Control, keyOf, type LeaseTrail, type Push, type Run, runKey, type Trail, uniqueKeyOf } from './trails.js'

type ControlCall = Extract<AnyCall, { readonly method: Control['method'] }>

/** Puts each call and event with the jobs that it says something of. */
export class TrailGatherer {
  readonly trails = new Map<string, Trail>()
  readonly idsOfKey = new Map<string, Set<string>>()
  readonly #withKey: { readonly call: Span; readonly job: NewJob; readonly isCertain: boolean }[] = []
  readonly #cancelling: { readonly call: Span; readonly job: NewJob; readonly key: string }[] = []
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
      case 'report':
        return call.input.entries.forEach((entry, index) => {
          const { id, fence } = entry.lease
          this.#of(id).reports.push(within(call, { entry, fence, outcome: call.output?.[index], call, index }))
        })
      case 'reap':
        for (const { id } of call.output?.expired ?? []) this.#of(id).expiries.push(within(call, { call }))
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
    const outcome = pushOutcome(job, answer)
    const push = { job, outcome, answer, isParked: answer?.status === 'queuedAgain', call, index }
    this.#of(job.id).pushes.push(within(call, push))
    if (answer?.status === 'replaced') this.#addControl(answer.replacedId, call, 'remove', 'removed')
    if (answer?.status === 'rescheduled') this.#addControl(answer.id, call, 'reschedule', 'rescheduled')
    const key = uniqueKeyOf(job)
    if (key === undefined) return
    this.#withKey.push({ call, job, isCertain: isCertain(job, answer) })
    this.idsOfKey.set(key, (this.idsOfKey.get(key) ?? new Set()).add(job.id))
  }

  /** The jobs that fires have made, or may have made; what else they may have done is in `addPossibleConflicts`. */
  addFires(schedules: Iterable<ScheduleTrail>): void {
    for (const { fires } of schedules) {
      const made = new Set(fires.flatMap((one) => (one.fire.turn && isMade(one) ? [turnKey(one.fire.turn)] : [])))
      for (const one of fires) {
        const { turn, run } = one.fire
        // One call makes a turn: where that is known, the others have made nothing.
        if (run !== undefined && (turn === undefined || isMade(one) || !made.has(turnKey(turn))))
          this.#addFire(one, run.job)
      }
    }
  }

  #addFire(fire: Fire, job: NewJob): void {
    const { pushes } = this.#of(job.id)
    const answer = answerOf(fire)
    const outcome = answer && pushOutcome(job, answer)
    const { call, index } = fire
    pushes.push(within(call, { job, outcome, answer, isParked: answer?.status === 'queuedAgain', call, index }))
    pushes.sort((a, b) => a.from - b.from)
    const key = uniqueKeyOf(job)
    if (key === undefined) return
    this.idsOfKey.set(key, (this.idsOfKey.get(key) ?? new Set()).add(job.id))
    if (fire.fire.overlap === 'cancelOther' && outcome !== 'refused') this.#cancelling.push({ call, job, key })
  }

  /**
   * What a push may have done to others of its unique key when its answer was lost, or was that to a second delivery; and
   * whom a fire may have cancelled.
   */
  addPossibleConflicts(): void {
    for (const { call, job, key } of this.#cancelling) {
      for (const id of this.idsOfKey.get(key) ?? []) if (id !== job.id) this.#addControl(id, call, 'cancel', undefined)
    }
    for (const { call, job, isCertain } of this.#withKey) {
      const method = job.unique?.onConflict === 'replace' ? 'remove' : 'reschedule'
      if (isCertain || (method === 'reschedule' && job.unique?.onConflict !== 'reschedule')) continue
      for (const id of this.idsOfKey.get(uniqueKeyOf(job) ?? '') ?? []) {
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
    let trail = this.trails.get(id)
    if (trail === undefined) {
      const calls = { pushes: [], claims: [], settles: [], reaps: [], expiries: [], reports: [], controls: [] }
      trail = { id, ...calls, sightings: [], runs: [], leases: new Map() }
      this.trails.set(id, trail)
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

/** What a push would have answered. Of a fire that may have made its job in another delivery, nothing is known. */
function answerOf({ fire, outcome }: Fire): EnqueueOutcome | undefined {
  const id = fire.run?.job.id ?? ''
  if (outcome?.status === 'fired') return { status: 'added', id }
  if (outcome?.status === 'buffered') return { status: 'queuedAgain', id }
  if (outcome?.status === 'duplicate') return { status: 'duplicate', id }
  return outcome?.status === 'skipped' && fire.turn !== undefined
    ? { status: 'duplicate', id: outcome.jobId }
    : undefined
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
