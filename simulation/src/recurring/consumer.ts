import type { ClaimedJob, Store } from '@goscheds/core'
import type { SeededRandom } from '../clock/seeded-random.js'
import type { VirtualClock } from '../clock/virtual-clock.js'
import { plans } from './plans.js'

const MINUTE_MS = 60_000
const LEASE_MS = 24 * 60 * MINUTE_MS
const LOOK_EVERY_MS = 5 * MINUTE_MS
const MEAN_MS = 25 * MINUTE_MS
const LONGEST_MS = 180 * MINUTE_MS

/** Stands for the workers: takes what is ready every few minutes, and ends it after a while, or soon after a cancel. */
export class Consumer {
  readonly wrong: string[] = []
  ended = 0
  readonly #store: Store
  readonly #clock: VirtualClock
  readonly #random: SeededRandom
  readonly #claimed = new Set<string>()

  constructor(store: Store, clock: VirtualClock, random: SeededRandom) {
    this.#store = store
    this.#clock = clock
    this.#random = random
  }

  start(): void {
    this.#clock.schedule(LOOK_EVERY_MS, () => {
      void this.#look()
      this.start()
    })
  }

  async #look(): Promise<void> {
    for (const { input } of plans) {
      const name = input.id
      const { jobs } = await this.#store.claim({ name, worker: 'consumer', limit: 100, leaseMs: LEASE_MS })
      for (const job of jobs) {
        if (this.#claimed.has(job.id)) this.wrong.push(`${job.id} ran twice`)
        this.#claimed.add(job.id)
        this.#run(job, Math.min(LONGEST_MS, this.#random.until(MEAN_MS)))
      }
    }
  }

  #run(job: ClaimedJob, leftMs: number): void {
    const stepMs = Math.min(leftMs, LOOK_EVERY_MS)
    this.#clock.schedule(stepMs, () => void this.#step(job, leftMs - stepMs))
  }

  async #step(job: ClaimedJob, leftMs: number): Promise<void> {
    const lease = { id: job.id, name: job.name, fence: job.fence }
    const [held] = await this.#store.extend({ leases: [lease], leaseMs: LEASE_MS })
    if (held === 'held' && leftMs > 0) return this.#run(job, leftMs)
    const type = held === 'cancel-requested' ? 'cancelled' : 'completed'
    const [outcome] = await this.#store.settle({ entries: [{ lease, settlement: { type, retentionMs: 0 } }] })
    if (outcome?.status !== 'settled') this.wrong.push(`${job.id} was lost`)
    this.ended++
  }
}
