import type { JobState } from '@goscheds/core'
import type { Comparison } from './comparison.js'
import { everyId, everyName } from './pools.js'

const everyState: readonly JobState[] = ['scheduled', 'ready', 'active', 'completed', 'dead', 'cancelled']

/** Asks both stores for all that can be seen: every id, every name in every state, the counts, the workers. */
export async function compareAll(comparison: Comparison): Promise<void> {
  await comparison.both(
    () => 'look at everything',
    async (store) => {
      const lists = everyName.flatMap((name) =>
        everyState.map(async (state) => ({ name, state, ...(await store.list({ name, state, limit: 1_000 })) })),
      )
      const [jobs, counts, workers] = await Promise.all([
        store.get({ ids: everyId }),
        store.counts({}),
        store.workers(),
      ])
      return { jobs, counts, workers, lists: await Promise.all(lists) }
    },
  )
}
