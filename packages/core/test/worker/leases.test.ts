import { describe, expect, it } from 'vitest'
import { defineJob, type HandlerContext, type Job, type WorkerOptions } from '../../src/index.js'
import { aSchema } from '../support/a-schema.js'
import { aWorld, eventsOf, type World } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'
import { endless, untilAborted } from '../support/handlers.js'
import { answeredAfter, failing, hanging } from '../support/with-faults.js'

const LEASE = 3_000

/** A worker with leases of three seconds that runs one job `a` with this handler. */
async function running(
  world: World,
  handler: (job: Job, context: HandlerContext) => unknown,
  options: Partial<WorkerOptions> = {},
) {
  const worker = world.worker({ leaseMs: LEASE, ...options })
  const events = eventsOf(worker)
  worker.registerHandler('email', handler)
  worker.start()
  await world.scheduler().push('email', {}, { id: 'a' })
  await world.clock.advance(0)
  return { worker, events }
}

const reapAll = (world: World) => world.memory.reap({ limit: 100, maxRecoveries: 3 })

describe('the lease of a running job', () => {
  it('is renewed for as long as the handler runs (G3)', async () => {
    const world = aWorld()
    const gate = deferred()
    const { worker, events } = await running(world, () => gate.promise)
    for (let second = 0; second < 60; second++) {
      await world.clock.advance(1_000)
      expect((await reapAll(world)).reaped).toEqual([])
    }
    gate.resolve()
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'completed'])
    await world.until(worker.stop())
  })

  it('is renewed in one call for many jobs, about three times in its length', async () => {
    const world = aWorld()
    const worker = world.worker({ leaseMs: LEASE, concurrency: 100 })
    worker.registerHandler('email', untilAborted)
    worker.start()
    await world.scheduler().pushMany(Array.from({ length: 100 }, (_, n) => ({ name: 'email', args: n })))
    await world.pass(30_000)
    const sizes = world.calls('extend').map((input) => (input as { leases: unknown[] }).leases.length)
    expect(new Set(sizes)).toEqual(new Set([100]))
    expect(sizes.length).toBeGreaterThanOrEqual(28)
    expect(sizes.length).toBeLessThanOrEqual(45)
    await world.until(worker.stop({ graceMs: 0 }))
  })

  it('is renewed on when that of another is lost, and the attempt of that one then ends (G3)', async () => {
    const world = aWorld()
    const { worker, events } = await running(world, untilAborted)
    await world.scheduler().pushMany(['b', 'c'].map((id) => ({ name: 'email', args: {}, id })))
    await world.clock.advance(0)
    const [a] = await world.memory.get({ ids: ['a'] })
    const lease = { id: 'a', name: 'email', fence: { generation: a?.generation ?? 0, claim: 1 } }
    await world.memory.settle({ entries: [{ lease, settlement: { type: 'completed', retentionMs: 0 } }] })
    for (let second = 0; second < 10; second++) {
      await world.clock.advance(1_000)
      expect((await reapAll(world)).reaped).toEqual([])
    }
    expect(events).toEqual(['started', 'started', 'started', 'lost'])
    await world.until(worker.stop({ graceMs: 0 }))
  })

  it('survives that renewing fails for a while', async () => {
    const world = aWorld()
    const gate = deferred()
    const { worker, events } = await running(world, () => gate.promise)
    world.faults.set('extend', failing)
    await world.pass(2_000)
    world.faults.clear()
    await world.pass(500)
    await world.pass(10_000)
    gate.resolve()
    await world.clock.advance(0)
    expect(events.filter((event) => event !== 'error STORE_FAILED')).toEqual(['started', 'completed'])
    await world.until(worker.stop())
  })

  it('survives that one renewal gets no answer, when the lease is shorter than the time-out of a call', async () => {
    const world = aWorld()
    const gate = deferred()
    const { worker, events } = await running(world, () => gate.promise)
    let extensions = 0
    world.faults.set('extend', (run) => (extensions++ === 0 ? new Promise(() => {}) : run()))
    await world.pass(10_000)
    gate.resolve()
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'error STORE_TIMEOUT', 'completed'])
    await world.until(worker.stop())
  })

  it('has the signal aborted with LEASE_LOST before the store would give the job away, when it cannot be renewed', async () => {
    const world = aWorld()
    let abortedAt: number | undefined
    const { worker } = await running(world, (job, context) => {
      context.signal.addEventListener('abort', () => {
        expect(context.signal.reason).toMatchObject({ code: 'LEASE_LOST' })
        abortedAt = world.clock.monotonic()
      })
      return untilAborted(job, context)
    })
    world.faults.set('extend', hanging)
    world.faults.set('settle', hanging)
    await world.pass(LEASE, 10)
    expect(abortedAt).toBeGreaterThanOrEqual(LEASE * 0.8)
    expect(abortedAt).toBeLessThan(LEASE)
    world.faults.clear()
    await world.until(worker.stop())
  })

  it.each([10, 500, 1_000, 1_500, 2_000, 2_500])(
    'has the signal aborted in time also when the claim, sent %d ms after the start, was answered late',
    async (sentAt) => {
      const world = aWorld()
      const answer = deferred()
      const worker = world.worker({ leaseMs: LEASE })
      worker.on('error', () => {})
      let abortedAt: number | undefined
      worker.registerHandler('email', (job, context) => {
        context.signal.addEventListener('abort', () => (abortedAt = world.clock.monotonic()))
        return untilAborted(job, context)
      })
      worker.start()
      await world.pass(sentAt, 10)
      world.faults.set('claim', answeredAfter(answer.promise))
      world.faults.set('extend', failing)
      world.faults.set('settle', failing)
      await world.scheduler().push('email', {}, { id: 'a' })
      await world.pass(2_000, 10)
      answer.resolve()
      await world.pass(1_500, 10)
      expect(abortedAt).toBeLessThan(sentAt + LEASE)
      world.faults.clear()
      await world.until(worker.stop())
    },
  )

  it('is not used when the claim was answered after it had run out: the job is given back, not started (G3)', async () => {
    const world = aWorld()
    await world.scheduler().push('email', {}, { id: 'a' })
    const answer = deferred()
    world.faults.set('claim', answeredAfter(answer.promise))
    let started = 0
    const worker = world.worker({ leaseMs: LEASE })
    worker.registerHandler('email', () => void started++)
    worker.start()
    await world.pass(LEASE + 1_000)
    await reapAll(world)
    const [theirs] = (await world.memory.claim({ name: 'email', worker: 'other', limit: 1, leaseMs: 60_000 })).jobs
    expect(theirs?.id).toBe('a')
    answer.resolve()
    await world.pass(1_000)
    expect(started).toBe(0)
    expect(await world.inspector.get('a')).toMatchObject({ state: 'active' })
    await world.until(worker.stop({ graceMs: 0 }))
  })
})

describe('a worker that was frozen past its lease', () => {
  /** The job goes to another worker while this one stands still: none of its timers has fired. */
  async function freeze(handler: (job: Job, context: HandlerContext) => unknown) {
    const world = aWorld()
    const { worker, events } = await running(world, handler)
    world.faults.set('extend', hanging)
    world.faults.set('settle', failing)
    await world.clock.advance(LEASE)
    await reapAll(world)
    const [theirs] = (await world.memory.claim({ name: 'email', worker: 'other', limit: 1, leaseMs: 60_000 })).jobs
    return { world, worker, events, theirs }
  }

  it('has the signal aborted with LEASE_LOST when it wakes', async () => {
    let reason: unknown
    const { world, worker, theirs } = await freeze((job, context) => {
      context.signal.addEventListener('abort', () => (reason = context.signal.reason))
      return untilAborted(job, context)
    })
    expect(theirs?.recoveries).toBe(1)
    world.faults.clear()
    await world.pass(2_000)
    expect(reason).toMatchObject({ code: 'LEASE_LOST' })
    await world.until(worker.stop())
  })

  it('changes nothing by its late outcome, and emits lost (G4)', async () => {
    const gate = deferred<string>()
    const { world, worker, events, theirs } = await freeze(() => gate.promise)
    gate.resolve('too late')
    world.faults.clear()
    await world.pass(2_000)
    expect(events.filter((event) => !event.startsWith('error'))).toEqual(['started', 'lost'])
    expect(await world.inspector.get('a')).toMatchObject({ state: 'active', recoveries: 1 })
    expect(theirs).toBeDefined()
    const lease = { id: 'a', name: 'email', fence: theirs?.fence ?? { generation: 0, claim: 0 } }
    const settlement = { type: 'completed', retentionMs: 0 } as const
    expect(await world.memory.settle({ entries: [{ lease, settlement }] })).toMatchObject([{ status: 'settled' }])
    await world.until(worker.stop())
  })

  it('frees the slot a second after the abort when the handler ignores it', async () => {
    const { world, worker } = await freeze(endless)
    world.faults.clear()
    await world.pass(2_000)
    expect(worker.health().lanes[0]?.active).toBe(0)
    await world.until(worker.stop())
  })
})

describe('an attempt that has been given up', () => {
  it('does not call the handler any more when the args are parsed at last', async () => {
    const world = aWorld()
    const parsing = deferred<number>()
    const slow = defineJob({ name: 'slow', args: aSchema<number>(() => parsing.promise) })
    let called = false
    const worker = world.worker()
    worker.registerHandler(slow, () => void (called = true))
    worker.start()
    await world.scheduler().push('slow', 1, { id: 'a' })
    await world.clock.advance(0)
    await world.inspector.cancel('a')
    await world.pass(1_500)
    expect(await world.inspector.get('a')).toBeNull()
    parsing.resolve(1)
    await world.clock.advance(0)
    expect(called).toBe(false)
    await world.until(worker.stop())
  })
})
