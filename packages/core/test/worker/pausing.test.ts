import { describe, expect, it } from 'vitest'
import { aWorld, type World } from '../support/a-world.js'
import { leftInSignal } from '../support/left-in-signal.js'
import { anOpenHandler } from '../support/open-handler.js'

/** A store that never sends a hint. */
const deaf = async (): Promise<() => Promise<void>> => async () => {}

async function aWorker({ hints = true, names = ['email'], concurrency = 10 } = {}) {
  const world = aWorld()
  if (!hints) world.faults.set('subscribe', deaf)
  const worker = world.worker({ concurrency })
  const started: string[] = []
  for (const name of names) worker.registerHandler(name, ({ id }) => void started.push(id))
  worker.start()
  await world.clock.advance(0)
  const stop = async (): Promise<number> => {
    await world.until(worker.stop({ graceMs: 0 }))
    return world.clock.pendingTimers
  }
  return { world, worker, started, stop }
}

const push = (world: World, id: string, name = 'email') => world.scheduler().push(name, {}, { id })

describe('a pause', () => {
  it.each([
    ['of the name', 'email'],
    ['of all names', undefined],
  ])('%s keeps an idle worker from beginning a job, until the resume, which it hears of at once', async (_, name) => {
    const { world, started, stop } = await aWorker()
    await world.inspector.pause(name)
    await push(world, 'a')
    await world.pass(60_000, 500)
    expect(started).toEqual([])
    expect(await world.inspector.get('a')).toMatchObject({ state: 'ready', attempts: 0 })
    await world.inspector.resume(name)
    await world.clock.advance(0)
    expect(started).toEqual(['a'])
    expect(await stop()).toBe(0)
  })

  it('is over within a second for a worker that hears no hint', async () => {
    const { world, started, stop } = await aWorker({ hints: false })
    await world.inspector.pause('email')
    await push(world, 'a')
    await world.pass(7_300)
    await world.inspector.resume('email')
    await world.pass(1_000)
    expect(started).toEqual(['a'])
    await stop()
  })

  it('is heeded by a busy worker with its next claim; what runs goes on', async () => {
    const world = aWorld()
    const open = anOpenHandler()
    const worker = world.worker({ concurrency: 1 })
    const completed: string[] = []
    worker.on('completed', ({ job }) => completed.push(job.id))
    worker.registerHandler('email', open.handler)
    worker.start()
    await push(world, 'a')
    await push(world, 'b')
    await world.clock.advance(0)
    await world.inspector.pause('email')
    await world.pass(2_000)
    expect(open.context().signal.aborted).toBe(false)
    open.end().resolve(undefined)
    await world.pass(5_000)
    expect(completed).toEqual(['a'])
    expect(await world.inspector.get('b')).toMatchObject({ state: 'ready' })
    await world.inspector.resume('email')
    await world.clock.advance(0)
    open.end().resolve(undefined)
    await world.clock.advance(0)
    expect(completed).toEqual(['a', 'b'])
    await world.until(worker.stop())
  })

  it('of one name does not hold up another, and both pauses must be lifted where there are two', async () => {
    const { world, started, stop } = await aWorker({ names: ['email', 'report'] })
    await world.inspector.pause('email')
    await push(world, 'mail')
    await push(world, 'report', 'report')
    await world.pass(2_000)
    expect(started).toEqual(['report'])
    await world.inspector.pause()
    await world.inspector.resume('email')
    await world.pass(2_000)
    expect(started).toEqual(['report'])
    await world.inspector.resume()
    await world.clock.advance(0)
    expect(started).toEqual(['report', 'mail'])
    await stop()
  })

  it('has the worker look again each second, and not wait in the store, where jobs would be set aside for it', async () => {
    const { world, stop } = await aWorker()
    await world.inspector.pause('email')
    // What it waits for in the store now may take five seconds.
    await world.pass(6_000)
    const [waits, claims] = [world.calls('waitForReady').length, world.calls('claim').length]
    await push(world, 'a')
    await world.pass(10_000)
    expect(world.calls('waitForReady')).toHaveLength(waits)
    const looks = world.calls('claim').length - claims
    expect(looks).toBeGreaterThanOrEqual(9)
    expect(looks).toBeLessThanOrEqual(11)
    await stop()
  })

  it('is not slept through when the resume comes between a claim and its answer', async () => {
    const { world, started, stop } = await aWorker()
    await world.inspector.pause('email')
    await push(world, 'a')
    await world.pass(6_000)
    world.faults.set('claim', async (run) => {
      const answer = await run()
      world.faults.delete('claim')
      await world.memory.setPaused({ names: ['email'], paused: false })
      await new Promise<void>((resolve) => void world.clock.setTimer(10, resolve))
      return answer
    })
    await world.pass(1_000)
    await world.pass(20, 10)
    expect(started).toEqual(['a'])
    await stop()
  })

  it('does not hold up a stop', async () => {
    const { world, worker, stop } = await aWorker()
    await world.inspector.pause()
    await world.pass(6_000)
    const before = world.clock.monotonic()
    await world.until(worker.stop(), 10)
    expect(world.clock.monotonic() - before).toBeLessThanOrEqual(10)
    expect(await stop()).toBe(0)
  })

  it('is seen in the counts, and outlives those who asked for it', async () => {
    const { world, stop } = await aWorker()
    await world.inspector.pause('email')
    expect(await world.inspector.counts(['email', 'report'])).toMatchObject([
      { name: 'email', paused: true },
      { name: 'report', paused: false },
    ])
    await stop()
    const worker = world.worker()
    let ran = false
    worker.registerHandler('email', () => void (ran = true))
    worker.start()
    await push(world, 'a')
    await world.pass(3_000)
    expect(ran).toBe(false)
    await world.until(worker.stop())
  })

  it.each([[''], ['a{b'], [5], [null]])('is of no name %j', async (name) => {
    const { inspector } = aWorld()
    await expect(inspector.pause(name as string)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(inspector.resume(name as string)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('leaves nothing in the signal of the lane, however long it lasts', async () => {
    const world = aWorld()
    const { store } = world
    const signals = new Set<AbortSignal>()
    const watched = new Proxy(store, {
      get: (target, key) =>
        key === 'waitForReady'
          ? (input: { signal: AbortSignal }) => (signals.add(input.signal), store.waitForReady(input as never))
          : (Reflect.get(target, key) as unknown),
    })
    const worker = world.worker({ store: watched })
    worker.registerHandler('email', () => {})
    worker.start()
    await world.clock.advance(0)
    await world.inspector.pause()
    await world.pass(100_000, 500)
    // One listener: that of the present sleep.
    expect([...signals].map(leftInSignal)).toEqual([1])
    await world.until(worker.stop())
    expect([...signals].map(leftInSignal)).toEqual([0])
  })
})
