import { ManualClock, type Store } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import type { StoreHarness } from '../src/index.js'
import { type Fault, withMethods } from './broken/fault.js'

/**
 * Opens a memory store on a manual clock, with further handles and with records that can be damaged, so that
 * every case applies; with a fault in it, when one is given.
 */
export async function openMemory(fault?: Fault): Promise<StoreHarness> {
  const clock = new ManualClock()
  const memory = new MemoryStore({ clock })
  const damaged = new Set<string>()
  const sound = withMethods(memory, {
    async claim(input) {
      const { jobs, more } = await memory.claim(input)
      return {
        jobs: jobs.map((job) => (damaged.has(job.id) ? { ...job, payload: '?', damage: 'bit rot' } : job)),
        more,
      }
    },
  })
  const store = fault === undefined ? sound : withMethods(sound, fault.methods({ store: sound, clock, damaged }))
  // A handle that closes leaves the jobs to the others, as a connection would.
  const handle: Partial<Store> = { close: async () => {} }
  return {
    store,
    connect: async () => (fault?.separateHandles === true ? new MemoryStore({ clock }) : withMethods(store, handle)),
    advance: (ms) => clock.advance(ms),
    now: async () => clock.now(),
    damage: async (id) => void damaged.add(id),
    runtime: clock,
    close: () => memory.close(),
  }
}
