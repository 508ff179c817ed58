import type { AuditFinding, Store } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import { openManualMemoryStore } from '@goscheds/memory/testing'
import type { StoreHarness } from '../src/index.js'
import { type Fault, withMethods } from './broken/fault.js'

/**
 * Opens a memory store on a manual clock, with further handles and with records that can be damaged, so that
 * every case applies; with a fault in it, when one is given.
 */
export async function openMemory(fault?: Fault): Promise<StoreHarness> {
  const manual = openManualMemoryStore()
  const { store: memory, runtime: clock, state } = manual
  const damaged = new Set<string>()
  const sound = withMethods(memory, {
    async claim(input) {
      const result = await memory.claim(input)
      const jobs = result.jobs.map((job) => (damaged.has(job.id) ? { ...job, payload: '?', damage: 'bit rot' } : job))
      return { ...result, jobs }
    },
    // The audit of a store whose records can be damaged: what it finds beyond the memory store's is at the end.
    async audit(input) {
      const page = await memory.audit(input)
      const unread = [...damaged].map((id): AuditFinding => ({ kind: 'unreadable', key: id, id, message: 'bit rot' }))
      if (input.suspects === undefined)
        return page.cursor === null ? { ...page, suspects: [...page.suspects, ...unread] } : page
      const asked = unread.filter(({ key }) => input.suspects?.some((suspect) => suspect.key === key))
      return { ...page, findings: [...page.findings, ...asked] }
    },
  })
  const inside = { clock, state, damaged }
  const store = fault === undefined ? sound : withMethods(sound, fault.methods({ store: sound, ...inside }))
  // A handle that closes leaves the jobs to the others, as a connection would.
  const handle: Partial<Store> = { close: async () => {}, ...fault?.otherHandles?.({ store, ...inside }) }
  const damage = async (id: string): Promise<void> => void damaged.add(id)
  return {
    store,
    connect: async () => (fault?.separateHandles === true ? new MemoryStore({ clock }) : withMethods(store, handle)),
    advance: (ms) => clock.advance(ms),
    now: async () => clock.now(),
    damage,
    plant: { ...manual.plant, unreadable: damage },
    runtime: clock,
    close: () => memory.close(),
  }
}
