import type { Lease } from '@goscheds/core'
import type { CaseContext } from './conformance-case.js'
import { claimOne, finish, LEASE_MS, only, promote, reap } from './moves.js'
import { dead, releasedForAMinute, releasedNow, retryInAMinute, retryNow } from './settlements.js'

const settlements = { retry: retryNow, release: releasedNow, 'delayed retry': retryInAMinute } as const

/** Takes the one job that is ready, and brings it back in one of the ways in which jobs do; a minute later it is ready. */
export async function comeBack(context: CaseContext, way: string): Promise<void> {
  const { store } = context
  if (way !== 'reschedule') return leaseComesBack(context, await claimOne(store), way)
  const { jobs } = await store.list({ name: 'email', state: 'ready', limit: 10 })
  await store.reschedule({ entries: [{ id: only(jobs).id, delayMs: 60_000 }] })
  await becomeReady(context)
}

/** As {@link comeBack}, for a job that is claimed already. */
export async function leaseComesBack(context: CaseContext, lease: Lease, way: string): Promise<void> {
  const { store, harness } = context
  if (way === 'reap') {
    await harness.advance(LEASE_MS)
    await reap(store)
  } else if (way === 'redrive') {
    await finish(store, lease, dead)
    await store.redrive({ ids: [lease.id] })
  } else {
    await finish(store, lease, settlements[way as keyof typeof settlements] ?? releasedForAMinute)
  }
  await becomeReady(context)
}

async function becomeReady({ store, harness }: CaseContext): Promise<void> {
  await harness.advance(60_000)
  await promote(store)
}
