import { describe, expect, it } from 'vitest'
import type { Job, Store, StoreInput, Worker } from '../../src/index.js'
import { aWorld, eventsOf, type World } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'
import { turns } from '../support/turns.js'
import { unhandledDuring } from '../support/unhandled-during.js'
import { answeredAfter, failing, type Fault } from '../support/with-faults.js'

type ClaimInput = StoreInput<'claim'>

/** Pushes so many jobs, numbered by their args. */
async function push(world: World, count: number): Promise<void> {
  await world.scheduler().pushMany(Array.from({ length: count }, (_, args) => ({ name: 'email', args })))
}

/** A worker for `email` that has begun; the jobs it has begun, by number, in that order. */
function start(world: World, concurrency: number, handler: (job: Job) => unknown = () => {}) {
  const worker = world.worker({ concurrency })
  const events = eventsOf(worker)
  const started: number[] = []
  worker.on('started', ({ job }) => started.push(job.args as number))
  worker.registerHandler('email', handler)
  worker.start()
  return { worker, events, started }
}

/** Has each claim, numbered from 0, meet what `fault` says for it. */
function onClaims(world: World, fault: (index: number, input: ClaimInput) => Fault | undefined): void {
  let claims = 0
  world.faults.set('claim', (run) => {
    const met = fault(claims++, world.calls('claim').at(-1) as ClaimInput)
    return met === undefined ? run() : met(run)
  })
}

const limits = (world: World): number[] => world.calls('claim').map((input) => (input as ClaimInput).limit)

/** How many leases were given back so far. */
function releases(world: World): number {
  const calls = world.calls('settle') as Parameters<Store['settle']>[0][]
  return calls.flatMap(({ entries }) => entries).filter(({ settlement }) => settlement.type === 'released').length
}

async function counts(world: World): Promise<{ ready: number; active: number }> {
  const [{ ready = 0, active = 0 } = {}] = await world.inspector.counts()
  return { ready, active }
}

async function expectRest(world: World, worker: Worker): Promise<void> {
  await world.until(worker.stop())
  expect(world.clock.pendingTimers).toBe(0)
  expect((await counts(world)).active).toBe(0)
}

describe('a lane whose queue is long', () => {
  it.each([
    ['two claims under way at a concurrency of 64', 64, 400, 2],
    ['one claim at a concurrency of 63, as a further one would cost more than it gains', 63, 400, 1],
    ['one claim when the first brings less than it asked for', 64, 63, 1],
  ])('has %s', async (_what, concurrency, jobs, most) => {
    const world = aWorld()
    await push(world, jobs)
    let underWay = 0
    let mostUnderWay = 0
    onClaims(world, () => async (run) => {
      mostUnderWay = Math.max(mostUnderWay, ++underWay)
      await turns(2)
      underWay--
      return run()
    })
    const { worker, started } = start(world, concurrency)
    await world.pass(100)
    await turns(100)
    expect(started).toHaveLength(jobs)
    expect(mostUnderWay).toBe(most)
    await expectRest(world, worker)
  })

  it('asks for all its slots at first, then for halves of them', async () => {
    const world = aWorld()
    await push(world, 400)
    const { worker } = start(world, 100)
    await world.pass(100)
    expect(limits(world).slice(0, 4)).toEqual([100, 50, 50, 50])
    await expectRest(world, worker)
  })

  it.each([64, 100, 999])(
    'never has more active and asked for than its concurrency of %d (G13)',
    async (concurrency) => {
      const world = aWorld()
      await push(world, 5 * concurrency)
      let active = 0
      let askedFor = 0
      let most = 0
      onClaims(world, (_index, { limit }) => async (run) => {
        askedFor += limit
        most = Math.max(most, active + askedFor)
        await turns(1)
        const result = (await run()) as Awaited<ReturnType<Store['claim']>>
        askedFor -= limit
        active += result.jobs.length
        return result
      })
      // Jobs end in waves, so that many slots are free at once: of every second job, and of all.
      let waves = [deferred(), deferred()]
      const { worker, started } = start(world, concurrency, async ({ args }) => {
        await waves[(args as number) % 2]?.promise
        active--
      })
      for (let turn = 0; turn < 20; turn++) {
        await turns(10)
        const [even, odd] = waves
        waves = [deferred(), turn % 3 === 0 ? deferred() : (odd ?? deferred())]
        even?.resolve()
        if (turn % 3 === 0) odd?.resolve()
      }
      await turns(10)
      expect(started).toHaveLength(5 * concurrency)
      expect(most).toBe(concurrency)
      expect(limits(world)).toContain(Math.ceil(concurrency / 2))
      await expectRest(world, worker)
    },
  )

  it('starts jobs in the order of its claims, whichever is answered first (G10)', async () => {
    const world = aWorld()
    await push(world, 200)
    const gate = deferred()
    onClaims(world, (index) => (index === 1 ? answeredAfter(gate.promise) : undefined))
    const { worker, started } = start(world, 64)
    await world.clock.advance(0)
    expect(limits(world)).toEqual([64, 32, 32])
    expect(started).toHaveLength(64)
    gate.resolve()
    await world.pass(100)
    expect(started).toEqual(Array.from({ length: 200 }, (_, number) => number))
    await expectRest(world, worker)
  })

  it('waits in the store when the queue is empty, though a claim was under way', async () => {
    const world = aWorld()
    await push(world, 64 + 32)
    const { worker, started } = start(world, 64)
    await world.pass(1_000)
    expect(started).toHaveLength(96)
    const claims = world.calls('claim').length
    await world.pass(3_000)
    expect(world.calls('claim')).toHaveLength(claims)
    expect(world.calls('waitForReady')).toHaveLength(1)
    await expectRest(world, worker)
  })
})

describe('a claim that is under way ahead of another', () => {
  it('is given back by a stop: its jobs are ready, and no attempt is used (G16)', async () => {
    const world = aWorld()
    await push(world, 200)
    const gate = deferred()
    onClaims(world, (index) => (index === 0 ? undefined : answeredAfter(gate.promise)))
    const { worker, events } = start(world, 64)
    await world.clock.advance(0)
    expect(limits(world)).toEqual([64, 32, 32])
    const stopping = worker.stop()
    gate.resolve()
    await world.until(stopping)
    expect(await counts(world)).toEqual({ ready: 200 - 64, active: 0 })
    const { jobs } = await world.memory.list({ name: 'email', state: 'ready', limit: 1_000 })
    expect(jobs.filter(({ claims }) => claims === 1)).toHaveLength(64)
    expect(jobs.every(({ attempts, recoveries }) => attempts + recoveries === 0)).toBe(true)
    expect(events).not.toContain('lost')
    await expectRest(world, worker)
  })

  it('keeps a stop waiting no longer than one call may take', async () => {
    const world = aWorld()
    await push(world, 200)
    onClaims(world, (index) => (index === 0 ? undefined : () => new Promise(() => {})))
    const { worker } = start(world, 64)
    await world.clock.advance(0)
    let isStopped = false
    const stopping = worker.stop().then(() => (isStopped = true))
    await world.pass(9_000)
    expect(isStopped).toBe(false)
    await world.pass(11_000)
    expect(isStopped).toBe(true)
    await stopping
    await expectRest(world, worker)
  })

  it('is given back at once when the other fails, as its leases would run through the pause', async () => {
    const world = aWorld()
    await push(world, 128)
    onClaims(world, (index) => (index === 1 ? failing : undefined))
    const { worker, events, started } = start(world, 64)
    await world.clock.advance(0)
    expect(limits(world)).toEqual([64, 32, 32])
    expect(await counts(world)).toEqual({ ready: 64, active: 0 })
    expect(releases(world)).toBe(32)
    await world.pass(1_000)
    expect(started).toHaveLength(128)
    expect(events.filter((event) => event !== 'started' && event !== 'completed')).toEqual(['error STORE_FAILED'])
    await expectRest(world, worker)
  })

  it('may fail as well, and is told of', async () => {
    const world = aWorld()
    await push(world, 128)
    onClaims(world, (index) => (index === 1 || index === 2 ? failing : undefined))
    const { worker, events, started } = start(world, 64)
    await world.pass(1_000)
    expect(started).toHaveLength(128)
    expect(events.filter((event) => event.startsWith('error'))).toEqual(['error STORE_FAILED', 'error STORE_FAILED'])
    await expectRest(world, worker)
  })

  it('may fail first, which nobody has to handle before its turn comes', async () => {
    const world = aWorld()
    await push(world, 96)
    const gate = deferred()
    onClaims(world, (index) => [undefined, answeredAfter(gate.promise), failing][index])
    const { worker, events, started } = start(world, 64)
    const unhandled = await unhandledDuring(async () => {
      await world.clock.advance(0)
      await turns(5)
    })
    expect(unhandled).toEqual([])
    expect(events).not.toContain('error STORE_FAILED')
    gate.resolve()
    await world.clock.advance(0)
    expect(started).toHaveLength(96)
    expect(events.filter((event) => event.startsWith('error'))).toEqual(['error STORE_FAILED'])
    await expectRest(world, worker)
  })

  it.each([
    ['the other found the end of the queue', {}],
    ['the other found the name held', { held: 'paused' }],
  ])('has its jobs begun before a wait, though %s', async (_what, found) => {
    const world = aWorld()
    await push(world, 84)
    const gate = deferred()
    onClaims(world, (index) => {
      if (index === 1) return async (run) => ({ ...((await answeredAfter(gate.promise)(run)) as object), ...found })
      if (index === 2) return async (run) => (await push(world, 1), run())
      return undefined
    })
    const { worker, started } = start(world, 64)
    await world.clock.advance(0)
    expect(limits(world)).toEqual([64, 32, 32])
    expect(await counts(world)).toEqual({ ready: 0, active: 21 })
    gate.resolve()
    await world.clock.advance(0)
    expect(started).toHaveLength(85)
    await expectRest(world, worker)
  })

  it('is given back when it is answered too late', async () => {
    const world = aWorld()
    await push(world, 128)
    const gate = deferred()
    onClaims(world, (index) => (index === 2 ? answeredAfter(gate.promise) : undefined))
    const { worker, events, started } = start(world, 64)
    await world.pass(11_000)
    expect(started).toHaveLength(96)
    expect(events.filter((event) => event.startsWith('error'))).toEqual(['error STORE_TIMEOUT'])
    expect((await counts(world)).active).toBe(32)
    gate.resolve()
    await world.pass(1_000)
    expect(releases(world)).toBe(32)
    expect(started).toEqual(Array.from({ length: 128 }, (_, number) => number))
    await expectRest(world, worker)
  })
})
