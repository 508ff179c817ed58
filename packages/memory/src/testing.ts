import { type AuditKind, ManualClock } from '@goscheds/core'
import type { MemoryJob } from './memory-job.js'
import { MemoryState } from './memory-state.js'
import { MemoryStore } from './memory-store.js'

/** Puts damage of one kind into the stored data, by way of a job that is there. */
export type PlantDamage = (id: string) => Promise<void>

/** A memory store whose clock stands still, and whose data a test can damage. */
export interface ManualMemoryStore {
  readonly store: MemoryStore
  readonly runtime: ManualClock
  /** What the store keeps inside, for tests that break its rules; no release promises anything about it. */
  readonly state: MemoryState
  /** Moves the clock forward and runs what is due on the way. */
  readonly advance: (ms: number) => Promise<void>
  /** The clock, in milliseconds since the Unix epoch. */
  readonly now: () => Promise<number>
  /** By the kind of damage; there are no encoded records that could become unreadable. */
  readonly plant: Readonly<Record<Exclude<AuditKind, 'unreadable'>, PlantDamage>>
  readonly close: () => Promise<void>
}

/** Opens a memory store on a manual clock, by default one of its own, as the conformance suite takes it. */
export function openManualMemoryStore(clock = new ManualClock()): ManualMemoryStore {
  const state = new MemoryState()
  const store = new MemoryStore({ clock }, state)
  const planting =
    (damage: (job: MemoryJob) => void): PlantDamage =>
    async (id) => {
      const job = state.jobs.get(id)
      if (job === undefined) throw new TypeError(`there is no job ${id} to plant damage with`)
      damage(job)
    }
  const forget = planting(({ id }) => void state.jobs.delete(id))
  return {
    store,
    runtime: clock,
    state,
    advance: (ms) => clock.advance(ms),
    now: async () => clock.now(),
    plant: {
      'lost-job': planting(({ name, home }) => {
        if (home?.state === 'ready') state.name(name).removeReady(home.node)
      }),
      'two-places': planting((job) => void state.name(job.name).pushReady(job)),
      orphan: forget,
      'lease-without-job': forget,
      'unlisted-name': planting(({ name }) => void state.names.delete(name)),
      'wrong-count': planting(({ name }) => void state.name(name).scheduled++),
      leftover: planting((job) => void (job.cancelRequested = true)),
    },
    close: () => store.close(),
  }
}
