import type { ClaimResult, Store, StoreInput } from '@goscheds/core'
import type { Sound } from './fault.js'

/**
 * A store that does with a job as it says, when a worker that has waited for it comes and finds the name held. Until
 * then the job stays where it is, so that nothing else is wrong with it.
 */
export function popping(
  { store }: Sound,
  whenHeld: (id: string, held: ClaimResult, input: StoreInput<'claim'>) => Promise<ClaimResult>,
): Partial<Store> {
  const popped = new Map<string, string>()
  return {
    async waitForReady(input) {
      await store.waitForReady(input)
      const { jobs } = await store.list({ name: input.name, state: 'ready', limit: 1 })
      for (const { id } of jobs) popped.set(input.worker, id)
    },
    async claim(input) {
      const result = await store.claim(input)
      const id = popped.get(input.worker)
      popped.delete(input.worker)
      return id === undefined || result.held === undefined ? result : whenHeld(id, result, input)
    },
  }
}
