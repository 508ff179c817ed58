import type { CaseContext } from './conformance-case.js'
import { claimOne, finish, LEASE_MS, only, promote, reap } from './moves.js'
import { dead, releasedForAMinute, releasedNow, retryInAMinute, retryNow } from './settlements.js'

/** Takes the one job that is ready, and brings it back in one of the ways in which jobs do; a minute later it is ready. */
export async function comeBack({ store, harness }: CaseContext, way: string): Promise<void> {
  if (way === 'reschedule') {
    const { jobs } = await store.list({ name: 'email', state: 'ready', limit: 10 })
    await store.reschedule({ entries: [{ id: only(jobs).id, delayMs: 60_000 }] })
  } else {
    const lease = await claimOne(store)
    if (way === 'reap') {
      await harness.advance(LEASE_MS)
      await reap(store)
    } else if (way === 'redrive') {
      await finish(store, lease, dead)
      await store.redrive({ ids: [lease.id] })
    } else {
      const settlements = { retry: retryNow, release: releasedNow, 'delayed retry': retryInAMinute } as const
      await finish(store, lease, settlements[way as keyof typeof settlements] ?? releasedForAMinute)
    }
  }
  await harness.advance(60_000)
  await promote(store)
}
