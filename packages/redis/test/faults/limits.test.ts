import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { ChildProcess } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultRig } from './fault-rig.js'
import { LeaseLog } from './lease-log.js'

const JOBS = 600
const WORKERS = 4
const KILLS = 6
const LIMIT = 7
const LABELS = Array.from({ length: WORKERS }, (_, n) => `worker-${n}`)
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

/** The worker whose handler is held, and has not ended; `undefined` when there is none yet. */
async function holder(labels: Iterable<string>): Promise<string | undefined> {
  const [held, ended, lost] = await Promise.all([rig.log('held'), rig.log('end'), rig.log('lost')])
  const over = new Set([...ended, ...lost].map(({ id, claim }) => `${id} ${claim}`))
  const alive = new Set(labels)
  return held.find(({ id, claim, label }) => alive.has(label) && !over.has(`${id} ${claim}`))?.label
}

/** Kills one worker after another, each while a handler of its runs, and starts a new one in its place. */
async function killSome(workers: Map<string, ChildProcess>): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    await delay(100 * (kill % 3))
    await Promise.all([...workers.keys()].map((label) => rig.hold(label)))
    let label: string | undefined
    await rig.until('a job is in flight', async () => (label = await holder(workers.keys())) !== undefined)
    const victim = workers.get(label ?? '')
    victim?.kill('SIGKILL')
    if (victim !== undefined && victim.signalCode === null) await once(victim, 'exit')
    workers.delete(label ?? '')
    const next = `worker-${WORKERS + kill}`
    workers.set(next, await rig.spawnWorker(next))
    await Promise.all([...workers.keys()].map((other) => rig.unhold(other)))
  }
}

async function spawnWorkers(): Promise<Map<string, ChildProcess>> {
  return new Map(await Promise.all(LABELS.map(async (label) => [label, await rig.spawnWorker(label)] as const)))
}

describe('four worker processes, some of them killed', { timeout: 90_000 }, () => {
  it('never have more in flight than the limit says, and leave every slot free (G13)', async () => {
    await rig.inspector.setLimits('work', { concurrency: LIMIT })
    // None ends a job before all of them are there.
    await Promise.all(LABELS.map((label) => rig.hold(label)))
    await pushJobs()
    await killSome(await spawnWorkers())
    await rig.until('all are completed', async () => (await completed()) === JOBS)
    await leases.caughtUp(rig.redis)

    const most = Math.max(...leases.leasings.map(({ active }) => active))
    expect(most).toBe(LIMIT)
    expect(leases.active).toBe(0)
    expect(leases.leasings.reduce((sum, { added }) => sum + added, 0)).toBeGreaterThan(JOBS)

    // Every slot is free again: as many as the limit begin at once.
    await Promise.all(Array.from({ length: WORKERS + KILLS }, (_, n) => rig.hold(`worker-${n}`)))
    await rig.scheduler.pushMany(
      Array.from({ length: 2 * LIMIT }, (_, n) => ({ name: 'work', id: `more-${n}`, args: {} })),
    )
    await rig.until('all slots are taken', async () => leases.active === LIMIT)
  })

  it('keep to a limit that is changed while they run (G13)', async () => {
    await rig.inspector.setLimits('work', { concurrency: 2 * LIMIT })
    await pushJobs()
    const workers = await spawnWorkers()
    await rig.until('a good part is completed', async () => (await completed()) > JOBS / 10)
    await rig.inspector.setLimits('work', { concurrency: 3 })
    await leases.caughtUp(rig.redis)
    const before = leases.leasings.length
    workers.get('worker-0')?.kill('SIGKILL')
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
    const workers = await spawnWorkers()
    await delay(1_500)
    workers.get('worker-1')?.kill('SIGKILL')
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
