import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { ChildProcess } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultRig } from './fault-rig.js'
import { LeaseLog } from './lease-log.js'

const JOBS = 600
const KILLS = 6
const LIMIT = 7
const RETAIN = { completedMs: 3_600_000 }

let rig: FaultRig
let leases: LeaseLog
beforeEach(async () => {
  rig = await FaultRig.start()
  leases = await LeaseLog.start(rig.redis, '{faults}:work:active')
})
afterEach(async () => {
  leases.stop()
  await rig.close()
})

async function pushJobs(): Promise<void> {
  const entries = Array.from({ length: JOBS }, (_, n) => ({
    name: 'work',
    args: { ms: 20 },
    id: `job-${n}`,
    retain: RETAIN,
  }))
  const outcomes = await rig.scheduler.pushMany(entries)
  expect(outcomes.every(({ status }) => status === 'added')).toBe(true)
}

async function completed(): Promise<number> {
  const [counts] = await rig.inspector.counts(['work'])
  return counts?.completed ?? 0
}

/** Kills one of the workers after another while they have jobs in flight, and starts a new one in its place. */
async function killSome(workers: ChildProcess[]): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    await rig.until('jobs are in flight', async () => leases.active > 0)
    await delay(100 * (kill % 3))
    const victim = workers[kill % workers.length]
    victim?.kill('SIGKILL')
    if (victim !== undefined && victim.signalCode === null) await once(victim, 'exit')
    workers[kill % workers.length] = await rig.spawnWorker(`worker-${workers.length + kill}`)
  }
}

describe('four worker processes, some of them killed', { timeout: 90_000 }, () => {
  it('never have more in flight than the limit says, and leave every slot free (G13)', async () => {
    await rig.inspector.setLimits('work', { concurrency: LIMIT })
    await pushJobs()
    const workers = await Promise.all([0, 1, 2, 3].map((n) => rig.spawnWorker(`worker-${n}`)))
    await killSome(workers)
    await rig.until('all are completed', async () => (await completed()) === JOBS)
    await leases.caughtUp(rig.redis)

    const most = Math.max(...leases.leasings.map(({ active }) => active))
    expect(most).toBe(LIMIT)
    expect(leases.active).toBe(0)
    expect(leases.leasings.reduce((sum, { added }) => sum + added, 0)).toBeGreaterThan(JOBS)

    // Every slot is free again: as many as the limit begin at once.
    await Promise.all([...Array.from({ length: 4 + KILLS }, (_, n) => rig.hold(`worker-${n}`))])
    await rig.scheduler.pushMany(
      Array.from({ length: 2 * LIMIT }, (_, n) => ({ name: 'work', id: `more-${n}`, args: {} })),
    )
    await rig.until('all slots are taken', async () => leases.active === LIMIT)
  })

  it('keep to a limit that is changed while they run (G13)', async () => {
    await rig.inspector.setLimits('work', { concurrency: 2 * LIMIT })
    await pushJobs()
    const workers = await Promise.all([0, 1, 2, 3].map((n) => rig.spawnWorker(`worker-${n}`)))
    await rig.until('a good part is completed', async () => (await completed()) > JOBS / 10)
    await rig.inspector.setLimits('work', { concurrency: 3 })
    await leases.caughtUp(rig.redis)
    const before = leases.leasings.length
    workers[0]?.kill('SIGKILL')
    await rig.until('more is completed', async () => (await completed()) > JOBS / 4)
    const after = leases.leasings.slice(before).map(({ active }) => active)
    expect(Math.max(...after)).toBe(3)

    await rig.inspector.setLimits('work', null)
    await rig.until('all are completed', async () => (await completed()) === JOBS)
    await leases.caughtUp(rig.redis)
    expect(leases.active).toBe(0)
  })

  it('begin no more than a bucket has tokens for, over any span of time (G13)', async () => {
    const rate = { limit: 40, perMs: 1_000, burst: 5 }
    await rig.inspector.setLimits('work', { rate })
    await pushJobs()
    const workers = await Promise.all([0, 1, 2, 3].map((n) => rig.spawnWorker(`worker-${n}`)))
    await delay(1_500)
    workers[1]?.kill('SIGKILL')
    await delay(3_000)
    await leases.caughtUp(rig.redis)

    const begun = leases.leasings.flatMap(({ at, added }) => Array.from({ length: added }, () => at * 1_000))
    for (const [first, from] of begun.entries()) {
      for (let last = first; last < begun.length; last++) {
        const most = rate.burst + (((begun[last] ?? 0) - from) * rate.limit) / rate.perMs
        // The server tells of a command a moment after the clock that the script has read.
        expect(last - first + 1).toBeLessThanOrEqual(most + 0.5)
      }
    }
    const spanMs = (begun.at(-1) ?? 0) - (begun[0] ?? 0)
    expect(begun.length).toBeGreaterThan((spanMs * rate.limit) / rate.perMs - rate.burst)
  })
})
