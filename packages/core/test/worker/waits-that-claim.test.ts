import { describe, expect, it } from 'vitest'
import type { StoreInput, WaitedClaim, WorkerOptions } from '../../src/index.js'
import { aWorld, eventsOf, type World } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'

type WaitInput = StoreInput<'waitForReady'>

/** Has the store claim right away when a wait is over; `change` may alter what it answers. */
function claimingWhenReady(
  world: World,
  change: (answer: WaitedClaim, input: WaitInput) => WaitedClaim | undefined = (answer) => answer,
): void {
  world.faults.set('waitForReady', async (run) => {
    const input = world.calls('waitForReady').at(-1) as WaitInput
    const begunAt = world.clock.monotonic()
    await run()
    if (input.claim === undefined) return undefined
    const result = await world.memory.claim({ name: input.name, worker: input.worker, ...input.claim })
    return change({ ...result, waitedMs: world.clock.monotonic() - begunAt }, input)
  })
}

/** A worker for `email` that has begun to wait; the claim numbers of the jobs it begins. */
async function startIdle(world: World, options: Partial<WorkerOptions> = {}, handler: () => unknown = () => {}) {
  const worker = world.worker(options)
  const events = eventsOf(worker)
  const claims: number[] = []
  worker.on('started', ({ job }) => claims.push(job.fence.claim))
  worker.registerHandler('email', handler)
  worker.start()
  await world.clock.advance(0)
  expect(world.calls('waitForReady')).toHaveLength(1)
  return { worker, events, claims }
}

const push = (world: World, id: string) => world.scheduler().push('email', {}, { id })

describe('a wait that claims', () => {
  it('asks for the free slots, and brings the jobs without a claim after it', async () => {
    const world = aWorld()
    claimingWhenReady(world)
    const { worker, events } = await startIdle(world, { concurrency: 7, leaseMs: 5_000 })
    expect(world.calls('waitForReady')[0]).toMatchObject({ claim: { limit: 7, leaseMs: 5_000 } })
    await push(world, 'a')
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'completed'])
    expect(world.calls('claim')).toHaveLength(1)
    await world.until(worker.stop())
  })

  it('asks for no more than the slots that running handlers leave', async () => {
    const world = aWorld()
    claimingWhenReady(world)
    const { worker } = await startIdle(world, { concurrency: 2 }, () => new Promise(() => {}))
    await push(world, 'a')
    await world.clock.advance(0)
    expect(world.calls('waitForReady').map((input) => (input as WaitInput).claim?.limit)).toEqual([2, 1])
    await push(world, 'b')
    await world.pass(20_000)
    expect(world.calls('waitForReady')).toHaveLength(2)
    await world.until(worker.stop({ graceMs: 0 }))
  })

  it('waits again when it brings nothing, with no claim in between', async () => {
    const world = aWorld()
    claimingWhenReady(world)
    const { worker } = await startIdle(world)
    await world.pass(20_500)
    expect(world.calls('waitForReady')).toHaveLength(5)
    expect(world.calls('claim')).toHaveLength(1)
    await world.until(worker.stop())
  })

  it('is followed by a claim where the store took no notice', async () => {
    const world = aWorld()
    const { worker } = await startIdle(world)
    await world.pass(20_500)
    expect(world.calls('waitForReady')).toHaveLength(5)
    expect(world.calls('claim')).toHaveLength(5)
    await world.until(worker.stop())
  })

  it('lets a lease count from when it was claimed, however long the wait was', async () => {
    const world = aWorld()
    claimingWhenReady(world)
    const { worker, events, claims } = await startIdle(world, { leaseMs: 1_000 })
    await world.pass(4_000)
    await push(world, 'a')
    await world.clock.advance(0)
    expect(claims).toEqual([1])
    expect(events).toEqual(['started', 'completed'])
    await world.until(worker.stop())
  })

  it('is taken for one that was answered too late when the store says that it claimed long ago', async () => {
    const world = aWorld()
    claimingWhenReady(world, (answer) => ({ ...answer, waitedMs: 0 }))
    const { worker, events, claims } = await startIdle(world, { leaseMs: 1_000 })
    await world.pass(4_000)
    await push(world, 'a')
    await world.pass(1_000)
    expect(claims).toEqual([2])
    expect(events).toEqual(['error STORE_TIMEOUT', 'started', 'completed'])
    await world.until(worker.stop())
  })

  it('has its leases renewed in time, though the store says that it claimed later than now', async () => {
    const world = aWorld()
    claimingWhenReady(world, (answer) => ({ ...answer, waitedMs: answer.waitedMs + 3_600_000 }))
    const { worker, events } = await startIdle(world, { leaseMs: 3_000 }, () => new Promise(() => {}))
    await push(world, 'a')
    await world.pass(10_000)
    expect((await world.memory.reap({ limit: 10, maxRecoveries: 3 })).reaped).toEqual([])
    expect(events).toEqual(['started'])
    await world.until(worker.stop({ graceMs: 0 }))
  })

  it('has what it brings after an abort given back, with no attempt used (G16)', async () => {
    const world = aWorld()
    claimingWhenReady(world)
    const claim = world.faults.get('waitForReady')
    const gate = deferred()
    world.faults.set('waitForReady', async (run) => {
      const answer = await claim?.(run)
      await gate.promise
      return answer
    })
    const { worker, events } = await startIdle(world)
    await push(world, 'a')
    await world.clock.advance(0)
    const stopping = worker.stop()
    gate.resolve()
    await world.until(stopping)
    expect(await world.inspector.get('a')).toMatchObject({ state: 'ready', attempts: 0, recoveries: 0 })
    expect((await world.memory.get({ ids: ['a'] }))[0]?.claims).toBe(1)
    expect(events).toEqual([])
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('has what it brings after its time-out given back', async () => {
    const world = aWorld()
    world.faults.set('waitForReady', async () => {
      const input = world.calls('waitForReady').at(-1) as WaitInput
      world.faults.delete('waitForReady')
      await new Promise<void>((resolve) => void world.clock.setTimer(16_000, resolve))
      const result = await world.memory.claim({ ...input, limit: 1, leaseMs: 30_000 })
      return { ...result, waitedMs: 16_000 }
    })
    // The claim that follows the failure must not get there first.
    const { worker, events, claims } = await startIdle(world)
    world.faults.set('claim', async () => ({ jobs: [], more: false }))
    await world.pass(15_500)
    expect(events).toEqual(['error STORE_TIMEOUT'])
    await push(world, 'a')
    world.faults.set('claim', async (run) => {
      await new Promise<void>((resolve) => void world.clock.setTimer(2_000, resolve))
      return run()
    })
    await world.pass(5_000)
    expect(claims).toEqual([2])
    await world.until(worker.stop())
  })

  it('that finds the name held leads to the wait for what holds it, and not back into the store', async () => {
    const world = aWorld()
    claimingWhenReady(world)
    const { worker, events } = await startIdle(world)
    await world.pass(1_000)
    world.faults.set('waitForReady', () => Promise.reject(new Error('a wait in the store')))
    await world.memory.setPaused({ names: ['email'], paused: true })
    await push(world, 'a')
    // The memory store wakes nobody for a paused name: the wait ends at its time.
    await world.pass(10_000)
    expect(events).toEqual([])
    expect(world.calls('waitForReady')).toHaveLength(1)
    claimingWhenReady(world)
    await world.memory.setPaused({ names: ['email'], paused: false })
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'completed'])
    await world.until(worker.stop())
  })
})
