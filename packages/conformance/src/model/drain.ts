import { claimUpTo } from './commands/consuming.js'
import { pruneAll, reapAll } from './commands/upkeep.js'
import { compareAll } from './compare-all.js'
import type { Comparison } from './comparison.js'
import { everyName } from './pools.js'

/** Above any number of recoveries that a sequence brings about. */
const ALL_RECOVERIES = 1_000
const LONGER_THAN_ANY_RETENTION_MS = 3_600_000

/**
 * Goes on to the end of every job, so that no difference stays hidden: all leases run out, everything falls due,
 * is claimed and completed, the dead and the retained go, and nothing is left.
 */
export async function drain(comparison: Comparison): Promise<void> {
  const { now } = comparison
  const instants = (await comparison.jobs()).map(({ dueAt, leaseUntil }) => dueAt ?? leaseUntil ?? now)
  await comparison.advance(Math.max(1, comparison.aside.lastUntil - now, ...instants.map((at) => at - now)))
  await reapAll(comparison, 100, ALL_RECOVERIES)
  await comparison.both(
    () => 'promote up to 100',
    (store) => store.promote({ limit: 100 }),
  )
  for (const name of everyName) {
    const { model, store } = await comparison.both(
      () => `claim all of ${name}`,
      (of) => claimUpTo(of, { name, worker: 'the-last', limit: 100, leaseMs: 1_000 }),
    )
    const claimed = { model, store }
    await comparison.both(
      () => `complete all of ${name}`,
      (of, side) =>
        of.settle({
          entries: claimed[side].map((lease) => ({ lease, settlement: { type: 'completed', retentionMs: 0 } })),
        }),
    )
  }
  await comparison.advance(LONGER_THAN_ANY_RETENTION_MS)
  await pruneAll(comparison, 100, 0)
  await compareAll(comparison)
}
