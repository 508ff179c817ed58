import { type ManualMemoryStore, openManualMemoryStore } from '@goscheds/memory/testing'
import { Inspector, type Store } from '../../src/index.js'
import { type FaultyStore, withFaults } from './with-faults.js'

/** A memory store that can be damaged, and an Inspector that sees it through a place for faults. */
export interface AuditedStore extends ManualMemoryStore, Pick<FaultyStore, 'faults' | 'calls'> {
  readonly inspector: Inspector
}

export function openAudited(): AuditedStore {
  const manual = openManualMemoryStore()
  const { store, faults, calls } = withFaults(manual.store)
  return { ...manual, faults, calls, inspector: new Inspector({ store, runtime: manual.runtime }) }
}

/** Enqueues so many jobs that are due; returns their ids, in order. */
export async function manyReady(store: Store, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, n) => `mail-${String(n).padStart(3, '0')}`)
  const job = { name: 'email', payload: '{}', options: '', retention: { completedMs: 1e9, deadMs: 1e9 } }
  await store.enqueue({ jobs: ids.map((id) => ({ id, ...job })) })
  return ids
}
