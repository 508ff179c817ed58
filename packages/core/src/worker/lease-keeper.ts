import type { Runtime } from '../runtime/runtime.js'
import { Loop } from '../service/loop.js'
import type { StoreCalls } from '../service/store-calls.js'
import type { Attempt } from './attempt.js'

const MAX_BATCH = 1_000

/** The share of a lease after which an attempt that could not renew it is aborted. */
export const ABORT_AFTER = 0.9

/** Options of a {@link LeaseKeeper}. */
export interface LeaseKeeperOptions {
  readonly runtime: Runtime
  readonly calls: StoreCalls
  readonly leaseMs: number
  readonly onError: (error: unknown) => void
}

/**
 * Holds the leases of running attempts. Renews them in batches, each when a third of its length has
 * passed; aborts an attempt whose lease the store says is lost, whose job is cancelled, or whose lease
 * could not be renewed until nine tenths of it had passed: before the store would give the job away.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions
  /**
   * Each knows its place. A Set would do, but its tables, of which one points to the next, keep what was in them from being
   * collected while it is young: that took a third of the time of a worker whose handlers are quick.
   */
  readonly #held: Attempt[] = []
  /** Those of which a hint asks for a look before the third of their length has passed. */
  readonly #askNow = new Set<Attempt>()
  readonly #renewal: Loop
  readonly #watch: Loop
  /** Monotonic times of the next looks. A lease granted after they were planned needs none earlier. */
  #renewAt = 0
  #watchAt = 0

  constructor(options: LeaseKeeperOptions) {
    const { runtime, onError } = options
    this.#options = options
    this.#renewal = new Loop({ runtime, onError, step: () => this.#renewDue() })
    this.#watch = new Loop({ runtime, onError, step: async () => this.#abortOverdue() })
  }

  start(): void {
    this.#renewal.start()
    this.#watch.start()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#renewal.stop(), this.#watch.stop()])
  }

  /** All attempts whose leases are held: claimed, and not settled. */
  get held(): readonly Attempt[] {
    return this.#held
  }

  hold(attempt: Attempt): void {
    attempt.place = this.#held.push(attempt) - 1
    const { leaseMs } = this.#options
    const { grantedAt } = attempt
    if (grantedAt + leaseMs / 3 < this.#renewAt) this.#renewal.wake()
    if (grantedAt + leaseMs * ABORT_AFTER < this.#watchAt) this.#watch.wake()
  }

  /** Aborts the attempt if its lease has run out unnoticed, as when something kept the event loop busy. */
  check(attempt: Attempt): void {
    const { runtime, leaseMs } = this.#options
    const isOverdue = runtime.monotonic() - attempt.grantedAt >= leaseMs * ABORT_AFTER
    if (isOverdue || attempt.place < 0) attempt.abort('LEASE_LOST')
  }

  /** → whether it was held */
  letGo(attempt: Attempt): boolean {
    const { place } = attempt
    if (place < 0) return false
    const last = this.#held.pop()
    if (last !== undefined && last !== attempt) {
      this.#held[place] = last
      last.place = place
    }
    attempt.place = -1
    if (this.#askNow.size > 0) this.#askNow.delete(attempt)
    return true
  }

  /** Asks the store at once about the attempt of this job: a hint said that it was cancelled. */
  askAbout(id: string): void {
    for (const attempt of this.#held) if (attempt.claimed.id === id) this.#askNow.add(attempt)
    this.#renewal.wake()
  }

  async #renewDue(): Promise<number> {
    const { runtime, calls, leaseMs } = this.#options
    const now = runtime.monotonic()
    const due: Attempt[] = []
    let nextMs = leaseMs / 3
    for (const attempt of this.#held) {
      const dueInMs = attempt.grantedAt + leaseMs / 3 - now
      // What is due within the next twelfth of a lease travels with this batch.
      if (dueInMs <= leaseMs / 12 || this.#askNow.has(attempt)) due.push(attempt)
      else nextMs = Math.min(nextMs, dueInMs)
    }
    for (let from = 0; from < due.length; from += MAX_BATCH) {
      await this.#renew(due.slice(from, from + MAX_BATCH), calls)
    }
    if (due.length > 0) return 0
    this.#renewAt = now + nextMs
    return nextMs
  }

  async #renew(batch: readonly Attempt[], calls: StoreCalls): Promise<void> {
    const { leaseMs, runtime } = this.#options
    const sentAt = runtime.monotonic()
    const leases = batch.map(({ lease }) => lease)
    // One call that hangs must leave time for another before the leases are given up.
    const timeoutMs = leaseMs / 3
    const outcomes = await calls.call('extend', (store) => store.extend({ leases, leaseMs }), { timeoutMs })
    batch.forEach((attempt, index) => {
      const outcome = outcomes[index]
      attempt.grantedAt = sentAt
      this.#askNow.delete(attempt)
      if (outcome === 'cancel-requested') attempt.abort('CANCELLED')
      if (outcome !== 'lost') return
      // An attempt that settles just now is lost to `extend` and no concern of ours.
      if (this.letGo(attempt)) attempt.abort('LEASE_LOST')
    })
  }

  #abortOverdue(): number {
    const { runtime, leaseMs } = this.#options
    const now = runtime.monotonic()
    let nextMs = leaseMs * ABORT_AFTER
    for (const attempt of this.#held) {
      const leftMs = attempt.grantedAt + leaseMs * ABORT_AFTER - now
      if (leftMs <= 0) attempt.abort('LEASE_LOST')
      else nextMs = Math.min(nextMs, leftMs)
    }
    this.#watchAt = now + nextMs
    return nextMs
  }
}
