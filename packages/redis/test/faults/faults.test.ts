import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultRig } from './fault-rig.js'

const JOBS = 200
const IN_FLIGHT = 50
const RETAIN = { completedMs: 3_600_000 }

let rig: FaultRig
beforeEach(async () => {
  rig = await FaultRig.start()
})
afterEach(async () => {
  await rig.close()
})

async function pushJobs(): Promise<void> {
  const entries = Array.from({ length: JOBS }, (_, n) => ({
    name: 'work',
    args: { n },
    id: `job-${n}`,
    retain: RETAIN,
  }))
  const outcomes = await rig.scheduler.pushMany(entries)
  expect(outcomes.every(({ status }) => status === 'added')).toBe(true)
}

async function allCompleted(): Promise<boolean> {
  const [counts] = await rig.inspector.counts(['work'])
  return counts?.completed === JOBS
}

async function inFlight(label: string): Promise<string[]> {
  return (await rig.log('start', label)).map(({ id = '' }) => id)
}

describe('two worker processes and two schedulers on one Redis', { timeout: 60_000 }, () => {
  it('lose no job when one is killed with fifty jobs in flight (G1, G7)', async () => {
    await rig.hold('victim')
    const victim = await rig.spawnWorker('victim')
    await pushJobs()
    await rig.until('fifty are in flight', async () => (await inFlight('victim')).length === IN_FLIGHT)
    await rig.spawnWorker('survivor')
    victim.kill('SIGKILL')
    await once(victim, 'exit')
    await rig.until('all are completed', allCompleted)

    const interrupted = new Set(await inFlight('victim'))
    const ends = await rig.log('end')
    expect(ends.map(({ id }) => id).sort()).toEqual(Array.from({ length: JOBS }, (_, n) => `job-${n}`).sort())
    expect(ends.every(({ label }) => label === 'survivor')).toBe(true)
    for (let n = 0; n < JOBS; n++) {
      const job = await rig.inspector.get(`job-${n}`)
      const wasInterrupted = interrupted.has(`job-${n}`)
      expect(job).toMatchObject({ state: 'completed', attempts: 0, recoveries: wasInterrupted ? 1 : 0 })
    }
    expect((await rig.log('reaped')).length).toBe(IN_FLIGHT)
  })

  it('let a worker that was frozen past its lease and woken again change nothing (G3, G4)', async () => {
    await rig.hold('frozen')
    const frozen = await rig.spawnWorker('frozen')
    await pushJobs()
    await rig.until('fifty are in flight', async () => (await inFlight('frozen')).length === IN_FLIGHT)
    frozen.kill('SIGSTOP')
    await rig.spawnWorker('survivor')
    await rig.until('all are completed', allCompleted)
    const before = await Promise.all((await inFlight('frozen')).map((id) => rig.inspector.get(id)))

    await rig.unhold('frozen')
    frozen.kill('SIGCONT')
    await rig.until('the woken one learns', async () => (await rig.log('lost', 'frozen')).length === IN_FLIGHT)
    const after = await Promise.all((await inFlight('frozen')).map((id) => rig.inspector.get(id)))
    expect(after).toEqual(before)
    for (const job of after) expect(job).toMatchObject({ state: 'completed', result: 'survivor', recoveries: 1 })
    expect(await rig.log('completed', 'frozen')).toEqual([])

    await rig.scheduler.push('work', { n: -1 }, { id: 'afterwards' })
    await rig.until('work goes on', async () => (await rig.log('completed')).some(({ id }) => id === 'afterwards'))
  })

  it('run a job that was handed to a worker frozen while it waited for one (G1, G9)', async () => {
    const frozen = await rig.spawnWorker('frozen')
    await rig.until('it waits', async () => /cmd=blmove/i.test(String(await rig.redis.client('LIST'))))
    frozen.kill('SIGSTOP')
    await rig.scheduler.push('work', null, { id: 'handed-over' })
    await rig.spawnWorker('survivor')
    await rig.until('the other one has run it', async () => {
      return (await rig.log('completed', 'survivor')).some(({ id }) => id === 'handed-over')
    })
    frozen.kill('SIGCONT')
    await rig.scheduler.push('work', null, { id: 'afterwards' })
    await rig.until('work goes on', async () => (await rig.log('completed')).some(({ id }) => id === 'afterwards'))
    expect((await rig.log('end')).filter(({ id }) => id === 'handed-over').length).toBe(1)
  })

  it('stop on SIGTERM with all that they held given back (G16)', async () => {
    await rig.hold('leaving')
    const leaving = await rig.spawnWorker('leaving')
    await pushJobs()
    await rig.until('fifty are in flight', async () => (await inFlight('leaving')).length === IN_FLIGHT)
    leaving.kill('SIGTERM')
    const [exitCode] = (await once(leaving, 'exit')) as [number | null]
    expect(exitCode).toBe(0)
    const [counts] = await rig.inspector.counts(['work'])
    expect(counts).toMatchObject({ ready: JOBS, active: 0, completed: 0 })
    expect(await rig.inspector.get('job-0')).toMatchObject({ attempts: 0, recoveries: 0 })
    expect(await rig.inspector.workers()).toEqual([])
  })
})
