import { describe, expect, it } from 'vitest'
import type { ClaimResult, Worker } from '../../src/index.js'
import { aWorld, type World } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'
import { anOpenHandler } from '../support/open-handler.js'

type Held = Pick<ClaimResult, 'held' | 'heldForMs' | 'setAside'>

/** A world whose store answers claims as `answer` says, or as it does where that says nothing. */
function aHeldWorld(answer: (claims: number) => Held | undefined | void) {
  const world = aWorld()
  let claims = 0
  world.faults.set('claim', async (run) => {
    const held = answer(claims++)
    return held === undefined ? run() : { jobs: [], more: false, ...held }
  })
  return world
}

async function start(world: World, handler: () => unknown = () => {}, concurrency = 10): Promise<Worker> {
  const worker = world.worker({ concurrency })
  worker.registerHandler('email', handler)
  worker.start()
  await world.clock.advance(0)
  return worker
}

/** When claims were made from now on, in milliseconds from now. */
async function looks(world: World, ms: number): Promise<number[]> {
  const from = world.clock.monotonic()
  const seen: number[] = []
  const before = world.faults.get('claim')
  world.faults.set('claim', (run) => {
    seen.push(world.clock.monotonic() - from)
    return before === undefined ? run() : before(run)
  })
  await world.clock.advance(ms)
  return seen
}

const push = (world: World, id: string) => world.scheduler().push('email', {}, { id })

describe('a lane whose name is held', () => {
  it.each<[string, Held, number[]]>([
    ['for a while looks again when that is over', { held: 'hold', heldForMs: 250 }, [250, 500, 750, 1_000]],
    ['for a part of a millisecond waits for a whole one', { held: 'hold', heldForMs: 299.001 }, [300, 600, 900]],
    [
      'for long looks again after five seconds, as the hint of a change may be lost',
      { held: 'hold', heldForMs: 1e12 },
      [],
    ],
  ])('%s', async (_what, held, expected) => {
    const world = aHeldWorld(() => held)
    const worker = await start(world)
    expect(await looks(world, 1_000)).toEqual(expected)
    if (expected.length === 0) expect(await looks(world, 19_000)).toEqual([4_000, 9_000, 14_000, 19_000])
    await world.until(worker.stop())
  })

  it.each([[0], [-3], [0.001]])('for %d ms lets time pass before it looks again', async (heldForMs) => {
    const world = aHeldWorld(() => ({ held: 'rate', heldForMs }))
    const worker = await start(world)
    expect(await looks(world, 0)).toEqual([])
    expect(await looks(world, 1)).toEqual([1])
    await world.until(worker.stop())
  })

  it.each(['paused', 'concurrency'] as const)('for no known time (%s) looks about once a second', async (held) => {
    const world = aHeldWorld(() => ({ held }))
    const worker = await start(world)
    const seen = await looks(world, 10_000)
    expect(seen.length).toBeGreaterThanOrEqual(9)
    expect(seen.length).toBeLessThanOrEqual(11)
    await world.until(worker.stop())
  })

  it('never waits in the store, where jobs would be set aside for it', async () => {
    const reasons = ['paused', 'hold', 'concurrency', 'rate'] as const
    const world = aHeldWorld((claims) => ({ held: reasons[claims % 4] ?? 'rate', heldForMs: 100 }))
    const worker = await start(world)
    await push(world, 'a')
    await world.pass(10_000)
    expect(world.calls('waitForReady')).toEqual([])
    await world.until(worker.stop())
  })

  it('looks again at once when what governs its claims has changed, and not when that of another name has', async () => {
    const world = aHeldWorld(() => ({ held: 'rate', heldForMs: 60_000 }))
    const worker = await start(world)
    await world.memory.setPaused({ names: ['other'], paused: false })
    expect(await looks(world, 0)).toEqual([])
    await world.memory.setPaused({ names: ['email'], paused: false })
    expect(await looks(world, 0)).toEqual([0])
    await world.memory.setPaused({ paused: false })
    expect(await looks(world, 0)).toHaveLength(1)
    await world.until(worker.stop())
  })

  it('takes its time with hints that come to nothing, and heeds the next one at once after a while without', async () => {
    const world = aHeldWorld(() => ({ held: 'concurrency' }))
    const worker = await start(world)
    const hint = () => world.memory.setPaused({ names: ['email'], paused: false })
    const seen: number[] = []
    for (let hints = 0; hints < 200; hints++) {
      await hint()
      seen.push(...(await looks(world, 50)).map((at) => hints * 50 + at))
    }
    expect(seen.slice(0, 2)).toEqual([0, 50])
    // Of 200 in ten seconds.
    expect(seen.length).toBeGreaterThan(12)
    expect(seen.length).toBeLessThan(40)
    await world.clock.advance(2_500)
    await hint()
    expect(await looks(world, 0)).toEqual([0])
    await world.until(worker.stop())
  })

  it('does not hold up a stop, and leaves no timer', async () => {
    const world = aHeldWorld(() => ({ held: 'rate', heldForMs: 4_000 }))
    const worker = await start(world)
    const before = world.clock.monotonic()
    await world.until(worker.stop(), 10)
    expect(world.clock.monotonic() - before).toBeLessThanOrEqual(10)
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('is not idle: its queue was not seen to its end', async () => {
    let held: Held | undefined
    const world = aHeldWorld(() => held)
    const worker = await start(world)
    const events: string[] = []
    worker.on('idle', () => events.push('idle'))
    worker.on('drained', () => events.push('drained'))
    const answers: Held[] = [{ held: 'rate', heldForMs: 500 }, { held: 'concurrency' }]
    for (const each of [...answers, { setAside: true, heldForMs: 500 }, { setAside: true }] as const) {
      held = undefined
      await push(world, 'a')
      // The claim that finds the job is not held, and the one after it is.
      held = each
      world.faults.set('claim', async (run) => ({ ...((await run()) as ClaimResult), ...held }))
      await world.pass(8_000)
      expect(events).toEqual([])
      held = undefined
      await world.pass(6_000)
      expect(events.splice(0)).toEqual(['drained', 'idle'])
    }
    await world.until(worker.stop())
  })
})

describe('a lane whose name is at its concurrency', () => {
  /** Two jobs, of which the first runs; what its store was told, in order. */
  async function oneOfTwo() {
    const world = aWorld()
    const open = anOpenHandler()
    const told: string[] = []
    let active = 0
    // A limit of one, as a store would have it.
    world.faults.set('claim', async (run) => {
      told.push('claim')
      if (active > 0) return { jobs: [], more: false, held: 'concurrency' }
      const answer = (await run()) as ClaimResult
      const [first, ...others] = answer.jobs
      await world.memory.settle({
        entries: others.map((lease) => ({ lease, settlement: { type: 'released', delayMs: 0 } })),
      })
      active = first === undefined ? 0 : 1
      return first === undefined ? answer : { jobs: [first], more: false, held: 'concurrency' }
    })
    world.faults.set('settle', async (run) => {
      const answer = await run()
      active = 0
      told.push('settled')
      return answer
    })
    await push(world, 'a')
    await push(world, 'b')
    const worker = await start(world, open.handler as () => unknown)
    return { world, open, told, worker }
  }

  it('looks again at once when a job of its own is settled, and not before', async () => {
    const { world, open, told, worker } = await oneOfTwo()
    expect(told.splice(0)).toEqual(['claim'])
    const gate = deferred()
    const settle = world.faults.get('settle')
    world.faults.set('settle', async (run) => {
      await gate.promise
      return settle?.(run)
    })
    open.end().resolve(undefined)
    await world.clock.advance(500)
    expect(told).toEqual([])
    gate.resolve()
    await world.clock.advance(0)
    expect(told.splice(0)).toEqual(['settled', 'claim'])
    expect(await world.inspector.get('b')).toMatchObject({ state: 'active' })
    open.end().resolve(undefined)
    await world.clock.advance(0)
    expect(told).toEqual(['settled', 'claim'])
    await world.until(worker.stop())
  })

  it('does not sleep through a settlement that comes between a claim and its answer', async () => {
    const { world, open, told, worker } = await oneOfTwo()
    const claim = world.faults.get('claim')
    world.faults.set('claim', async (run) => {
      const answer = await claim?.(run)
      await new Promise<void>((resolve) => void world.clock.setTimer(10, resolve))
      return answer
    })
    await world.clock.advance(1_105)
    expect(told.splice(0).at(-1)).toBe('claim')
    // Claims take 10 ms now; this comes in the middle of one.
    while (told.length === 0) await world.clock.advance(1)
    expect(told).toEqual(['claim'])
    open.end().resolve(undefined)
    await world.clock.advance(30)
    expect(told.slice(0, 3)).toEqual(['claim', 'settled', 'claim'])
    expect(await world.inspector.get('b')).toMatchObject({ state: 'active' })
    open.end().resolve(undefined)
    await world.clock.advance(100)
    await world.until(worker.stop())
  })

  it('asks the store a bounded number of times, with a hundred workers that have nothing to do', async () => {
    const world = aHeldWorld(() => ({ held: 'concurrency' }))
    const workers = Array.from({ length: 100 }, () => startSoon(world))
    await world.clock.advance(0)
    const seen = await looks(world, 10_000)
    expect(seen.length).toBeGreaterThan(900)
    expect(seen.length).toBeLessThan(1_200)
    // Having begun together they do not go on in step.
    expect(new Set(seen.slice(-100)).size).toBeGreaterThan(50)
    await world.until(Promise.all(workers.map((worker) => worker.stop())))
  })

  function startSoon(world: World): Worker {
    const worker = world.worker()
    worker.registerHandler('email', () => {})
    worker.start()
    return worker
  }
})

describe('lanes that wait for the same tokens', () => {
  it('spread their looks as they miss them, and look at the time of the token when they do not', async () => {
    const world = aHeldWorld(() => ({ held: 'rate', heldForMs: 100 }))
    const worker = await start(world)
    const seen = await looks(world, 20_000)
    const gaps = seen.map((at, index) => at - (seen[index - 1] ?? 0))
    expect(gaps[0]).toBe(100)
    expect(gaps.every((gap) => gap >= 100 && gap <= 1_101)).toBe(true)
    const late = gaps.slice(-20).reduce((sum, gap) => sum + gap, 0) / 20
    expect(late).toBeGreaterThan(350)
    // One that gets it has the next one on time.
    await push(world, 'a')
    world.faults.set('claim', async (run) => ({ ...((await run()) as ClaimResult), held: 'rate', heldForMs: 100 }))
    const after = (await looks(world, 1_500)).slice(0, 2)
    expect((after[1] ?? 0) - (after[0] ?? 0)).toBe(100)
    await world.until(worker.stop())
  })
})

describe('a lane of whose name only groups are held', () => {
  it.each([
    [299.2, 300],
    [0.01, 1],
    [80_000, 5_000],
    [undefined, 5_000],
  ])('for %d ms waits in the store, for %d ms at the most', async (heldForMs, timeoutMs) => {
    const world = aHeldWorld(() => ({ ...(heldForMs !== undefined && { heldForMs }) }))
    const worker = await start(world)
    expect(world.calls('waitForReady')).toMatchObject([{ timeoutMs }])
    expect(await looks(world, timeoutMs)).toEqual([timeoutMs])
    await world.until(worker.stop())
  })
})
