import { describe, expect, it } from 'vitest'
import { aWorld, eventsOf, type World } from '../support/a-world.js'
import { deferred, type Deferred } from '../support/deferred.js'
import { failing, hanging } from '../support/with-faults.js'

/** Pushes jobs of these names, and has the workers of all of them vanish so many times. */
async function recovered(world: World, times: number, ids: readonly string[], name = 'email'): Promise<void> {
  await world.scheduler().pushMany(ids.map((id) => ({ name, args: {}, id, retain: { completedMs: 1e7 } })))
  for (let time = 0; time < times; time++) {
    await world.memory.claim({ name, worker: `gone-${time}`, limit: 100, leaseMs: 100 })
    await world.clock.advance(100)
    await world.memory.reap({ limit: 100, maxRecoveries: 10 })
  }
}

/** A started worker that shows what runs in it, and ends each job by hand. */
function aWorker(world: World, names: readonly string[] = ['email']) {
  const runs = new Map<string, Deferred<void>>()
  const worker = world.worker()
  const events = eventsOf(worker)
  worker.on('error', () => {})
  for (const name of names) {
    worker.registerHandler(name, async ({ id }) => {
      const end = deferred()
      runs.set(id, end)
      await end.promise.finally(() => runs.delete(id))
    })
  }
  worker.start()
  return { worker, events, running: () => [...runs.keys()].sort(), end: (id: string) => runs.get(id)?.resolve() }
}

describe('a job that was recovered twice', () => {
  it('runs alone among those like it, and beside all others', async () => {
    const world = aWorld()
    await recovered(world, 2, ['x', 'y', 'z'])
    await recovered(world, 1, ['once'])
    await recovered(world, 0, ['new'])
    const { worker, running } = aWorker(world)
    await world.clock.advance(0)
    expect(running()).toHaveLength(3)
    expect(running()).toEqual(expect.arrayContaining(['new', 'once']))
    await world.until(worker.stop({ graceMs: 0 }))
  })

  it.each([
    [0, 500],
    [0.9999, 1_500],
  ])('sends the others back for half a second to one and a half, which uses nothing: %d', async (random, delayMs) => {
    const world = aWorld()
    await recovered(world, 2, ['x', 'y'])
    world.clock.random = () => random
    const { worker, events, running } = aWorker(world)
    await world.clock.advance(0)
    const [first] = running()
    const view = await world.inspector.get(first === 'x' ? 'y' : 'x')
    expect(view).toMatchObject({ state: 'scheduled', attempts: 0, recoveries: 2 })
    expect(view?.dueAt).toEqual(new Date(world.clock.now() + delayMs))
    expect(events).toEqual(['released', 'started'])
    await world.until(worker.stop({ graceMs: 0 }))
  })

  it('lets the next one run when it has ended, one after the other', async () => {
    const world = aWorld()
    const keeper = world.scheduler()
    keeper.start()
    await recovered(world, 2, ['x', 'y', 'z'])
    const { worker, running, end } = aWorker(world)
    const order: string[] = []
    for (let turn = 0; turn < 3; turn++) {
      await world.pass(3_000)
      expect(running()).toHaveLength(1)
      const [id = ''] = running()
      order.push(id)
      end(id)
    }
    await world.pass(3_000)
    expect(order.sort()).toEqual(['x', 'y', 'z'])
    expect(running()).toEqual([])
    for (const id of order) expect(await world.inspector.get(id)).toMatchObject({ state: 'completed', recoveries: 2 })
    await world.until(Promise.all([worker.stop(), keeper.stop()]))
  })

  it('is one of all names of the worker', async () => {
    const world = aWorld()
    await recovered(world, 2, ['x'], 'email')
    await recovered(world, 2, ['y'], 'report')
    const { worker, running } = aWorker(world, ['email', 'report'])
    await world.clock.advance(0)
    expect(running()).toHaveLength(1)
    await world.until(worker.stop({ graceMs: 0 }))
  })

  it('does not begin before the others of its claim have been given back', async () => {
    const world = aWorld()
    await recovered(world, 2, ['x', 'y'])
    world.faults.set('settle', failing)
    const { worker, running } = aWorker(world)
    await world.pass(1_000)
    expect(running()).toEqual([])
    expect(worker.health().inFlight).toBe(1)
    world.faults.clear()
    await world.pass(5_000)
    expect(running()).toHaveLength(1)
    await world.until(worker.stop({ graceMs: 0 }))
  })

  it('is given back when its worker stops while it waits, in the time that stop() says', async () => {
    const world = aWorld()
    await recovered(world, 2, ['x', 'y'])
    world.faults.set('settle', hanging)
    const { worker, events } = aWorker(world)
    await world.pass(500)
    const before = world.clock.monotonic()
    await world.until(worker.stop({ graceMs: 500 }))
    expect(world.clock.monotonic() - before).toBeLessThanOrEqual(500 + 1_000 + 10_000 + 200)
    expect(events).not.toContain('started')
  })

  it('is given back, and not started under that lease, when it runs out while it waits', async () => {
    const world = aWorld()
    await recovered(world, 2, ['x', 'y'])
    world.faults.set('settle', failing)
    world.faults.set('extend', failing)
    const { worker, running } = aWorker(world)
    const claims: number[] = []
    worker.on('started', ({ job }) => claims.push(job.fence.claim))
    await world.pass(28_000)
    world.faults.clear()
    await world.pass(8_000)
    expect(running()).toHaveLength(1)
    expect(claims).toEqual([4])
    await world.until(worker.stop({ graceMs: 0 }))
  })

  it('frees its place when it is given up, so that others like it can run', async () => {
    const world = aWorld()
    const keeper = world.scheduler()
    keeper.start()
    await recovered(world, 2, ['x', 'y'])
    const { worker, running } = aWorker(world)
    await world.clock.advance(0)
    const [first = ''] = running()
    await world.inspector.cancel(first)
    await world.pass(4_000)
    expect(running()).toHaveLength(2)
    expect(worker.health().inFlight).toBe(1)
    await world.until(Promise.all([worker.stop({ graceMs: 0 }), keeper.stop()]))
  })

  it('keeps the others away until what it came to is stored', async () => {
    const world = aWorld()
    const keeper = world.scheduler()
    keeper.start()
    await recovered(world, 2, ['x', 'y'])
    const { worker, running, end } = aWorker(world)
    await world.clock.advance(0)
    world.faults.set('settle', failing)
    const [first = ''] = running()
    end(first)
    await world.pass(3_000)
    expect(running()).toEqual([])
    world.faults.clear()
    await world.pass(5_000)
    expect(running()).toEqual([first === 'x' ? 'y' : 'x'])
    await world.until(worker.stop({ graceMs: 0 }))
    await world.until(keeper.stop())
  })
})
