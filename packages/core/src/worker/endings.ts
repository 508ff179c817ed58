import type { Lease } from '../contract/job.js'
import type { SettleOutcome } from '../contract/outcomes.js'
import { toError } from '../job/failure.js'
import type { Emitter } from '../service/emitter.js'
import type { Attempt } from './attempt.js'
import type { AttemptEnd } from './attempt-end.js'
import type { LeaseKeeper } from './lease-keeper.js'
import type { Settler } from './settler.js'
import type { WorkerEvents } from './worker-events.js'

/** Options of {@link Endings}. */
export interface EndingsOptions {
  readonly settler: Settler
  readonly leases: LeaseKeeper
  readonly events: Emitter<WorkerEvents>
  /** Hears after each that it is settled and told of. */
  readonly onSettled: (lease: Lease) => void
}

/** Settles attempts that have ended, and tells what became of their jobs once the store has it. */
export class Endings {
  readonly #options: EndingsOptions
  #underWay = 0

  constructor(options: EndingsOptions) {
    this.#options = options
  }

  /** Attempts that have ended, and are not settled, or not told of, yet. */
  get underWay(): number {
    return this.#underWay
  }

  /** `onOver` is called when it is settled and told of, or given up. */
  settle(attempt: Attempt, end: AttemptEnd, onOver?: () => void): void {
    const { settler, events } = this.#options
    this.#underWay++
    if (end.fault !== undefined) events.fault(end.fault)
    const entry = { lease: attempt.lease, settlement: end.settlement }
    settler.post(entry, {
      resolve: (outcome) => {
        try {
          this.#announce(outcome, end, attempt)
        } catch (error) {
          events.fault(error)
        }
        this.#letGo(attempt, onOver)
      },
      reject: (error) => {
        events.fault(error)
        events.emit('lost', { lease: attempt.lease })
        this.#letGo(attempt, onOver)
      },
    })
  }

  #letGo(attempt: Attempt, onOver: (() => void) | undefined): void {
    const { leases, onSettled } = this.#options
    leases.letGo(attempt)
    this.#underWay--
    onSettled(attempt.lease)
    onOver?.()
  }

  #announce(outcome: SettleOutcome, end: AttemptEnd, attempt: Attempt): void {
    const { events } = this.#options
    const { settlement, value } = end
    const { job, lease } = attempt
    if (outcome.status === 'lost') {
      events.emit('lost', { lease })
      return
    }
    if (job !== null && 'error' in settlement) {
      const willRetry = settlement.type === 'retry' && outcome.state !== 'cancelled'
      events.emit('failed', { job, error: toError(value), willRetry })
    }
    if (settlement.type === 'dead') {
      events.emit('dead', { lease, job, error: toError(value), reason: settlement.reason })
    } else if (outcome.state === 'cancelled') events.emit('cancelled', { lease, job })
    else if (job === null || settlement.type === 'released') events.emit('released', { lease })
    else if (settlement.type === 'completed') events.emit('completed', { job, result: value })
    else if (settlement.type === 'retry') {
      events.emit('retrying', { job, error: toError(value), delayMs: settlement.delayMs })
    }
  }
}
