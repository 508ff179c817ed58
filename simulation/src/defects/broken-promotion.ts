import type { StoredJob } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import type { Host } from '../world/host.js'
import { altered, asNew, type Defect, jobsIn } from './defect.js'

/** Of the others, attempts, reports and keys would be lost as well, and nothing of some would ever end. */
function isFresh({ claims, unique }: StoredJob): boolean {
  return claims === 0 && unique === undefined
}

/** Takes due jobs out of the scheduled set, and puts them into their queues later: unless its process has crashed. */
export const brokenPromotion: Defect = {
  name: 'promotes by taking out and then putting in, and loses what its process had in its hands',
  guarantee: 'G1',
  open: (clock) => {
    const store = new MemoryStore({ clock: clock.asStoreClock() })
    const asSeenBy = (host: Host): typeof store =>
      altered(store, {
        async promote(input) {
          const scheduled = await jobsIn(store, 'scheduled')
          const due = scheduled.filter((job) => isFresh(job) && (job.dueAt ?? Infinity) <= clock.now)
          await store.remove({ ids: due.map(({ id }) => id) })
          if (due.length > 0) await new Promise<void>((resolve) => clock.schedule(500, resolve))
          if (host.isAlive) await store.enqueue({ jobs: due.map(asNew) })
          return store.promote(input)
        },
      }) as typeof store
    return { store, asSeenBy }
  },
}
