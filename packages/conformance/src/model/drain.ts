import { claimOnBoth, settleEach } from './commands/claiming.js'
import { resumeAll } from './commands/control.js'
import { liftLimits } from './commands/limiting.js'
import { removeSchedules } from './commands/scheduling.js'
import { pruneAll, reapAll } from './commands/upkeep.js'
import { compareAll } from './compare-all.js'
import type { Comparison } from './comparison.js'
import { everyName } from './pools.js'

/** Above any number of recoveries that a sequence brings about. */
const ALL_RECOVERIES = 1_000
const LONGER_THAN_ANY_RETENTION_MS = 3_600_000
/** Each ends all jobs but those that are parked behind them, of which each frees the next. */
const MOST_ROUNDS = 20

/**
 * Goes on to the end of every job, so that no difference stays hidden: what is ready is claimed and completed, all
 * leases run out, everything falls due or gets its key, is claimed and completed, the dead and the retained go, and
 * nothing is left.
 */
export async function drain(comparison: Comparison): Promise<void> {
  if (await comparison.isAnyPaused()) await resumeAll(comparison)
  await liftLimits(comparison)
  const schedules = await comparison.everySchedule()
  if (schedules.length > 0)
    await removeSchedules(
      comparison,
      schedules.map(({ id }) => id),
    )
  // Before anything expires; what may be set aside for a vanished worker has to come back first.
  const ready = await comparison.jobsIn('ready')
  const ofNow = everyName.filter((name) => ready.some((job) => job.name === name))
  await complete(
    comparison,
    ofNow.filter((name) => comparison.aside.workerOf(name) === undefined),
  )
  for (let round = 0; round < MOST_ROUNDS && (round === 0 || (await isAnyLive(comparison))); round += 1) {
    await comparison.advance(await untilAllIsDue(comparison))
    await reapAll(comparison, 100, ALL_RECOVERIES)
    await comparison.both(
      () => 'promote up to 100',
      (store) => store.promote({ limit: 100 }),
    )
    await complete(comparison, everyName)
  }
  await comparison.advance(LONGER_THAN_ANY_RETENTION_MS)
  await pruneAll(comparison, 100, 0)
  await compareAll(comparison)
}

async function complete(comparison: Comparison, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const claimed = await claimOnBoth(comparison, { name, worker: 'the-last', limit: 100, leaseMs: 1_000 })
    await settleEach(comparison, claimed, () => ({ type: 'completed', retentionMs: 0 }))
  }
}

async function isAnyLive(comparison: Comparison): Promise<boolean> {
  return (await comparison.jobs()).some(({ state }) => state === 'scheduled' || state === 'ready' || state === 'active')
}

async function untilAllIsDue(comparison: Comparison): Promise<number> {
  const { now } = comparison
  const instants = (await comparison.jobs()).map(({ dueAt, leaseUntil }) => dueAt ?? leaseUntil ?? now)
  const holds = [...comparison.heldUntil.values()]
  return Math.max(1, comparison.aside.lastUntil - now, ...[...instants, ...holds].map((at) => at - now))
}
