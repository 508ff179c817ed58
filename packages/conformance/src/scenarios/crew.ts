import assert from 'node:assert/strict'
import { Scheduler, type SchedulerOptions, type Store, Worker, type WorkerOptions } from '@goscheds/core'
import type { CaseContext } from '../conformance-case.js'

/** Schedulers and workers of one scenario, each on a handle of its own where the harness gives handles. */
export interface Crew {
  scheduler(options?: Omit<SchedulerOptions, 'store'>): Promise<Scheduler>
  worker(options?: Omit<WorkerOptions, 'store'>): Promise<Worker>
}

// Short, so that a scheduler soon sees that a test has moved the clock of a store that it cannot watch.
const LOOK_MS = 10

// Far longer than a scenario: only the leases that a scenario takes by hand run out.
const LONG_LEASE_MS = 3_600_000

/** Runs a scenario, stops whatever it made, and expects that its services met so many faults, by default none. */
export async function withCrew(
  context: CaseContext,
  scenario: (crew: Crew) => Promise<void>,
  faultsExpected = 0,
): Promise<void> {
  const { harness } = context
  const stops: (() => Promise<void>)[] = []
  const faults: unknown[] = []
  const runtime = harness.runtime === undefined ? {} : { runtime: harness.runtime }
  const handle = async (): Promise<Store> => (harness.connect === undefined ? context.store : context.connect())
  try {
    await scenario({
      async scheduler(options) {
        const store = await handle()
        const looks = { promotionCapMs: LOOK_MS, reapIntervalMs: LOOK_MS }
        const scheduler = new Scheduler({ store, ...runtime, ...looks, ...options })
        scheduler.on('error', (error) => faults.push(error))
        stops.push(() => scheduler.stop())
        return scheduler
      },
      async worker(options) {
        const worker = new Worker({ store: await handle(), ...runtime, leaseMs: LONG_LEASE_MS, ...options })
        worker.on('error', (error) => faults.push(error))
        stops.push(() => worker.stop({ graceMs: 0 }))
        return worker
      },
    })
  } finally {
    await Promise.all(stops.map((stop) => stop()))
  }
  assert.equal(faults.length, faultsExpected, `faults that services met: ${faults.map(String).join('; ')}`)
}

/** Collects what happens, and tells when there is as much of it as one waits for. */
export class Log<T> {
  readonly entries: T[] = []
  readonly #waiters = new Set<() => void>()

  add(entry: T): void {
    this.entries.push(entry)
    for (const look of this.#waiters) look()
  }

  /** Resolves when there are so many entries. */
  async reaches(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.entries.length < count) return
        this.#waiters.delete(look)
        resolve()
      }
      this.#waiters.add(look)
      look()
    })
  }
}
