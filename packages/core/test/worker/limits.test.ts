import { describe, expect, it } from 'vitest'
import { aLimitedWorld, ids, type Run } from '../support/a-limited-world.js'
import { aWorld } from '../support/a-world.js'

describe('a concurrency', () => {
  it('holds all workers together, and each slot that frees is used at once', async () => {
    const takes = (id: string): number => 50 + (Number(id.slice(4)) % 7) * 50
    const { world, runs, most, push, stop } = await aLimitedWorld({ limits: { concurrency: 3 }, takes })
    await push(...ids(40))
    const busyMs = ids(40).reduce((sum, { id }) => sum + takes(id), 0)
    await world.pass(busyMs / 3 + 400, 10)
    expect(most()).toBe(3)
    expect(runs).toHaveLength(40)
    expect(await world.inspector.counts(['email'])).toMatchObject([{ active: 0, ready: 0, limits: { concurrency: 3 } }])
    await stop()
  })

  it('counts what a worker held that has died, until its lease has run out, and leaks none of it', async () => {
    const { world, most, push, stop } = await aLimitedWorld({ limits: { concurrency: 3 }, takes: () => 100 })
    const dead = { name: 'email', worker: 'dead', limit: 2, leaseMs: 20_000 }
    await world.memory.setPaused({ names: ['email'], paused: true })
    await push(...ids(500))
    await world.pass(6_000)
    await world.inspector.resume('email')
    const { jobs } = await world.memory.claim(dead)
    expect(jobs).toHaveLength(2)
    await world.pass(10_000)
    expect(most()).toBe(1)
    for (let second = 0; second < 20; second++) {
      await world.pass(1_000)
      const [counts] = await world.inspector.counts(['email'])
      expect(counts?.active).toBeLessThanOrEqual(3)
    }
    expect(most()).toBe(3)
    await world.pass(15_000)
    expect(await world.inspector.counts(['email'])).toMatchObject([{ active: 0, ready: 0 }])
    await stop()
  })

  it('may be lowered, raised and lifted while jobs run', async () => {
    const { world, running, most, push, stop } = await aLimitedWorld({ limits: { concurrency: 3 }, takes: () => 200 })
    await push(...ids(500))
    expect(running()).toBe(3)
    await world.inspector.setLimits('email', { concurrency: 1 })
    await world.clock.advance(0)
    expect(running()).toBe(3)
    await world.pass(200)
    most()
    await world.pass(2_000)
    expect(most()).toBe(1)
    await world.inspector.setLimits('email', { concurrency: 5 })
    await world.clock.advance(0)
    expect(running()).toBe(5)
    await world.pass(2_000)
    expect(most()).toBe(5)
    await world.inspector.setLimits('email', null)
    // A worker that has missed many slots takes its time to look again.
    await world.pass(1_000, 10)
    expect(running()).toBe(20)
    await stop()
  })

  it('asks the store a bounded number of times, when many workers want each slot that frees', async () => {
    const { world, runs, push, stop } = await aLimitedWorld({
      ...{ limits: { concurrency: 1 }, workers: 30, takes: () => 50 },
    })
    await push(...ids(400))
    await world.pass(3_000, 50)
    const [claims, began] = [world.calls('claim').length, runs.length]
    await world.pass(10_000, 50)
    expect(runs.length - began).toBe(200)
    // About two a second for each worker, and two for each job of the one that has the slot.
    expect(world.calls('claim').length - claims).toBeLessThan(2 * 200 + 30 * 10 * 2.5)
    await stop()
  })
})

/** Where more began in a span of time than a bucket allows. */
function tooMany(runs: readonly Run[], burst: number, perToken: number): string[] {
  const times = runs.map(({ from }) => from)
  return times.flatMap((from, first) =>
    times.slice(first).flatMap((to, more) => {
      const allowed = Math.floor(burst + (to - from) / perToken)
      return more + 1 > allowed ? [`${more + 1} from ${from} to ${to}`] : []
    }),
  )
}

describe('a rate', () => {
  it.each([
    [1, 10, 10, 1_000],
    [1, 1, 10, 1_000],
    [1, 3, 7, 1_000],
    [4, 10, 10, 1_000],
  ])('is exact over a minute: %d workers, a burst of %d, %d in %d ms', async (workers, burst, limit, perMs) => {
    const rate = { limit, perMs, burst }
    const { world, runs, push, stop } = await aLimitedWorld({ limits: { rate }, workers, takes: () => 1 })
    await push(...ids(1_000))
    const before = world.calls('claim').length
    await world.pass(60_000, 500)
    const allowed = burst + Math.floor((60_000 * limit) / perMs)
    expect(runs.length).toBeLessThanOrEqual(allowed)
    // A timer waits for whole milliseconds, so the last token may be a millisecond off.
    expect(runs.length).toBeGreaterThanOrEqual(allowed - 1)
    expect(tooMany(runs, burst, perMs / limit)).toEqual([])
    expect(world.calls('claim').length - before).toBeLessThan(allowed * 2 * workers)
    await stop()
  })

  it('costs one worker at most two claims for each job', async () => {
    const rate = { limit: 10, perMs: 1_000 }
    const { world, runs, push, stop } = await aLimitedWorld({ limits: { rate }, workers: 1, takes: () => 30 })
    await push(...ids(1_000))
    await world.pass(5_000, 10)
    const [claims, began] = [world.calls('claim').length, runs.length]
    await world.pass(20_000, 10)
    expect(runs.length - began).toBe(200)
    expect(world.calls('claim').length - claims).toBeLessThanOrEqual(400)
    await stop()
  })

  it('may be changed while jobs wait for it, which their worker hears of at once', async () => {
    const { world, runs, push, stop } = await aLimitedWorld({
      ...{ limits: { rate: { limit: 1, perMs: 3_600_000 } }, takes: () => 1 },
    })
    await push(...ids(50))
    await world.pass(60_000)
    expect(runs).toHaveLength(1)
    await world.inspector.setLimits('email', { rate: { limit: 10, perMs: 1_000, burst: 1 } })
    await world.pass(2_050, 50)
    expect(runs.length).toBeGreaterThanOrEqual(20)
    expect(runs.length).toBeLessThanOrEqual(22)
    await world.inspector.setLimits('email', null)
    await world.clock.advance(10)
    expect(runs).toHaveLength(50)
    await stop()
  })
})

describe('a name that is rate limited by a handler', () => {
  it('waits in all workers, and no other name does; no attempt is used', async () => {
    const world = aWorld()
    const started: [string, number][] = []
    const from = world.clock.monotonic()
    const workers = [world.worker(), world.worker()]
    let refusals = 0
    for (const worker of workers) {
      for (const name of ['email', 'report']) {
        worker.registerHandler(name, ({ id, attempt }, { rateLimited }) => {
          started.push([`${id}:${attempt}`, world.clock.monotonic() - from])
          if (name === 'email' && refusals++ === 0) rateLimited(3_000)
        })
      }
      worker.start()
    }
    await world.clock.advance(0)
    const scheduler = world.scheduler()
    await scheduler.push('email', {}, { id: 'first', maxAttempts: 1 })
    await world.clock.advance(0)
    await scheduler.push('email', {}, { id: 'second' })
    await scheduler.push('report', {}, { id: 'other' })
    await world.pass(2_999)
    expect(started).toEqual([
      ['first:1', 0],
      ['other:1', 0],
    ])
    await world.pass(1)
    expect(started.slice(2)).toEqual([
      ['first:1', 3_000],
      ['second:1', 3_000],
    ])
    await world.until(Promise.all(workers.map((worker) => worker.stop())))
  })
})
