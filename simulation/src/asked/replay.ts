import type { History } from '@goscheds/conformance/history'
import type { ClaimedJob, NewJob } from '@goscheds/core'
import type { Finding } from '../findings.js'
import { type Answered, answeredCalls } from './answered-calls.js'

/**
 * What the calls of a sound store, in the order of their effects, must agree in and `checkHistory` cannot say, because
 * it must not rely on that order: who holds a key, and which checkpoint was accepted last.
 */
export function replayFindings(inside: History): readonly Finding[] {
  const replay = new Replay()
  for (const call of answeredCalls(inside)) replay.take(call)
  return replay.findings
}

class Replay {
  readonly findings: Finding[] = []
  readonly #jobs = new Map<string, NewJob>()
  readonly #checkpoints = new Map<string, string>()
  /** The active holder of a key that is held until its job has finished. */
  readonly #active = new Map<string, string>()
  /** Jobs that have certainly let go of a key that is held for no time: by their end, or by their start. */
  readonly #without = new Map<string, string>()
  /** Until when a key is held for a time, whatever becomes of its job. */
  readonly #heldUntil = new Map<string, number>()

  take(call: Answered): void {
    switch (call.method) {
      case 'enqueue':
        return call.output.forEach((outcome, index) => {
          const job = call.input.jobs[index]
          if (job === undefined) return
          if (outcome.status === 'replaced') this.#letGo(outcome.replacedId, 'removed')
          if (outcome.status === 'duplicate') this.#keptOff(job, outcome.id)
          else if (outcome.status !== 'rescheduled') this.#add(job, outcome.status, call.at)
        })
      case 'claim':
        for (const job of call.output.jobs) this.#claim(job)
        return
      case 'settle':
        return call.output.forEach((outcome, index) => {
          const id = call.input.entries[index]?.lease.id
          if (id !== undefined && outcome.status === 'settled') this.#letGo(id, outcome.state)
        })
      case 'reap':
        for (const { id, outcome } of call.output.reaped) this.#letGo(id, outcome)
        for (const { id } of call.output.expired) this.#letGo(id, 'dead')
        return
      case 'report':
        return call.output.forEach((outcome, index) => {
          const { lease, checkpoint } = call.input.entries[index] ?? {}
          if (lease === undefined || checkpoint === undefined || outcome !== 'reported') return
          this.#checkpoints.set(lease.id, checkpoint)
        })
      case 'cancel':
      case 'remove':
        return call.output.forEach(({ status }, index) => {
          if (status === 'cancelled' || status === 'removed') this.#letGo(call.input.ids[index] ?? '', status)
        })
      case 'redrive':
        return call.output.forEach(({ status }, index) => {
          if (status === 'redriven') this.#without.delete(call.input.ids[index] ?? '')
        })
      default:
    }
  }

  #add(job: NewJob, status: string, at: number): void {
    const { id, unique } = job
    this.#jobs.set(id, job)
    this.#checkpoints.delete(id)
    this.#without.delete(id)
    if (unique === undefined) return
    const key = keyOf(job)
    if (status === 'added' && at < (this.#heldUntil.get(key) ?? -Infinity)) {
      this.#find('G12', id, 'it was added while its unique key was held for a time')
    }
    // Who replaces the holder holds the key as it asks itself.
    this.#heldUntil.delete(key)
    if (typeof unique.until === 'object') this.#heldUntil.set(key, at + unique.until.ttlMs)
  }

  #claim({ id, checkpoint }: ClaimedJob): void {
    const kept = this.#checkpoints.get(id)
    if (checkpoint !== kept) {
      const [handed, last] = [checkpoint ?? 'none', kept ?? 'none']
      this.#find('G1', id, `it was claimed with the checkpoint ${handed}, and the last that was accepted is ${last}`)
    }
    const job = this.#jobs.get(id)
    if (job?.unique?.until === 'started') this.#without.set(id, 'active')
    if (job?.unique?.until !== 'finished') return
    const holder = this.#active.get(keyOf(job)) ?? id
    if (holder !== id) this.#find('G12', id, `it was claimed while ${holder}, which holds its unique key, was active`)
    this.#active.set(keyOf(job), id)
  }

  /** `holder`: the job that the answer names. */
  #keptOff({ id, name, unique }: NewJob, holder: string): void {
    const state = this.#without.get(holder)
    const held = this.#jobs.get(holder)
    if (holder === id || held === undefined || state === undefined || typeof held.unique?.until === 'object') return
    if (held.name !== name || held.unique?.key !== unique?.key) return
    this.#find('G12', id, `it was kept off by ${holder}, which is ${state} and does not hold its unique key any more`)
  }

  #letGo(id: string, state: string): void {
    if (['completed', 'dead', 'cancelled', 'removed'].includes(state)) this.#without.set(id, state)
    else this.#without.delete(id)
    const job = this.#jobs.get(id)
    if (job !== undefined && this.#active.get(keyOf(job)) === id) this.#active.delete(keyOf(job))
  }

  #find(guarantee: Finding['guarantee'], id: string, message: string): void {
    this.findings.push({ guarantee, id, message, trace: [], from: 'run' })
  }
}

function keyOf({ name, unique }: NewJob): string {
  return `${name} ${unique?.key}`
}
