import { jobStates } from '@goscheds/core'
import type { Comparison } from './comparison.js'
import { everyPage, everySchedulePage } from '../every-page.js'
import { everyId, everyName } from './pools.js'

// Small, so that listings have several pages.
const PAGE = 2

/** Asks both stores for all that can be seen: every id, every name in every state, counts, workers, schedules. */
export async function compareAll(comparison: Comparison): Promise<void> {
  await comparison.both(
    () => 'look at everything',
    async (store) => {
      const listed = everyName.flatMap((name) =>
        jobStates.map(async (state) => ({ name, state, ...(await everyPage(store, { name, state, limit: PAGE })) })),
      )
      const [jobs, counts, workers, lists, schedules] = await Promise.all([
        store.get({ ids: everyId }),
        store.counts({}),
        store.workers(),
        Promise.all(listed),
        comparison.schedules ? everySchedulePage(store, PAGE) : [],
      ])
      return { jobs, counts, workers, lists, schedules }
    },
  )
}
