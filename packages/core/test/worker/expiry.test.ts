import { describe, expect, it } from 'vitest'
import { aWorld, type World } from '../support/a-world.js'

function aWorker(world: World, concurrency = 1) {
  const started: string[] = []
  const worker = world.worker({ concurrency })
  worker.registerHandler('email', ({ id }) => void started.push(id))
  return { worker, started }
}

const inMs = (world: World, ms: number): Date => new Date(world.clock.now() + ms)

describe('a job that expires', () => {
  it('goes to no handler once its time has come, and is dead', async () => {
    const world = aWorld()
    await world.scheduler().push('email', {}, { id: 'late', expiresAt: inMs(world, 1_000) })
    await world.scheduler().push('email', {}, { id: 'in time', expiresAt: inMs(world, 1_001) })
    const { worker, started } = aWorker(world)
    await world.clock.advance(1_000)
    worker.start()
    await world.clock.advance(0)
    expect(started).toEqual(['in time'])
    const view = await world.inspector.get('late')
    expect(view).toMatchObject({ state: 'dead', deadReason: 'expired', attempts: 0, expiresAt: inMs(world, 0) })
    expect(view).not.toHaveProperty('error')
    await world.until(worker.stop())
  })

  it('is dead soon also where nobody claims it, and the scheduler tells of it', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    const expired: unknown[] = []
    scheduler.on('expired', (job) => expired.push(job))
    scheduler.start()
    await scheduler.push('email', {}, { id: 'a', expiresAt: inMs(world, 1_000) })
    await scheduler.pushScheduled('email', {}, { id: 'b', delayMs: 600_000, expiresAt: inMs(world, 2_000) })
    await world.pass(900)
    expect(expired).toEqual([])
    await world.pass(7_000)
    expect(expired).toEqual([
      { id: 'a', name: 'email' },
      { id: 'b', name: 'email' },
    ])
    expect(await world.inspector.counts(['email'])).toMatchObject([{ dead: 2, ready: 0, scheduled: 0 }])
    await scheduler.stop()
  })

  it('has its reaper go on at once while there are more', async () => {
    const world = aWorld()
    const scheduler = world.scheduler({ reapIntervalMs: 60_000 })
    const expiresAt = inMs(world, 1_000)
    await scheduler.pushMany(Array.from({ length: 1_200 }, (_, args) => ({ name: 'email', args, expiresAt })))
    await world.clock.advance(1_000)
    let expired = 0
    scheduler.on('expired', () => expired++)
    scheduler.start()
    await world.clock.advance(0)
    expect(expired).toBe(1_200)
    await scheduler.stop()
  })

  it('does not expire any more once it has been claimed: not by a retry, and not by a snooze', async () => {
    const world = aWorld()
    const keeper = world.scheduler()
    keeper.start()
    const attempts: number[] = []
    const worker = world.worker()
    worker.registerHandler('email', ({ attempt }, { snooze }) => {
      attempts.push(attempt)
      if (attempts.length === 1) snooze(20_000)
      if (attempts.length === 2) throw new Error('once')
    })
    worker.start()
    const backoff = { type: 'fixed', delayMs: 20_000 } as const
    await keeper.push('email', {}, { id: 'a', expiresAt: inMs(world, 1_000), backoff })
    await world.pass(45_000)
    expect(attempts).toEqual([1, 1, 2])
    await world.until(Promise.all([worker.stop(), keeper.stop()]))
  })
})
