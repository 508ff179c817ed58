import type { StoreInput, WorkerRecord } from '@goscheds/core'
import type { MemoryState } from './memory-state.js'
import type { Transitions } from './transitions.js'

/** `MemoryStore.prune`. → how many records were removed */
export function prune(
  state: MemoryState,
  workers: Map<string, WorkerRecord>,
  transitions: Transitions,
  { limit, maxDeadPerName }: StoreInput<'prune'>,
  now: number,
): number {
  let pruned = 0
  for (const [name, ofName] of state.names) {
    for (const finished of [ofName.completed, ofName.dead, ofName.cancelled]) {
      const keep = finished === ofName.dead ? maxDeadPerName : Infinity
      for (let first = finished.first(); first !== undefined && pruned < limit; first = finished.first()) {
        if (first.at > now && finished.size <= keep) break
        transitions.forget(first.value)
        pruned++
      }
    }
    const isForgotten = ofName.groups?.prune(now) ?? true
    if (isForgotten && ofName.isEmpty) state.names.delete(name)
  }
  for (const [name, control] of state.controls) if (control.isIdle(now)) state.controls.delete(name)
  pruned += state.keys.prune(now, limit - pruned)
  for (const { worker, expiresAt } of [...workers.values()]) {
    if (expiresAt > now || pruned >= limit) continue
    workers.delete(worker)
    pruned++
  }
  return pruned
}
