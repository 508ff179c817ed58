import { describe, expect, it } from 'vitest'
import type { ClaimResult, GoschedsError, NewJob } from '../../src/index.js'
import { aWorld, eventsOf } from '../support/a-world.js'
import { failing } from '../support/with-faults.js'

function aJob(overrides: Partial<NewJob>): NewJob {
  const retention = { completedMs: 0, deadMs: 1e9 }
  return { id: 'a', name: 'email', payload: '{"to":"ada"}', options: '', retention, ...overrides }
}

/** A worker before whom these jobs and a sound one, `sound`, lie in the store. */
async function before(...jobs: Partial<NewJob>[]) {
  const world = aWorld()
  await world.memory.enqueue({ jobs: [...jobs, { id: 'sound' }].map(aJob) })
  const worker = world.worker()
  const events = eventsOf(worker)
  const ran: string[] = []
  worker.registerHandler('email', (job) => void ran.push(job.id))
  worker.start()
  await world.clock.advance(0)
  return { world, worker, events, ran, get: () => world.inspector.get('a') }
}

describe('a stored job that cannot be read', () => {
  it.each([
    ['args', { payload: '{"to":' }],
    ['options', { options: 'garbage' }],
    ['options of a wrong kind', { options: '{"backoff":5}' }],
  ])('goes to dead because of its %s, with an error event, while the others flow (G17)', async (_, broken) => {
    const { world, worker, events, ran, get } = await before(broken)
    expect(await get()).toMatchObject({ state: 'dead', deadReason: 'undecodable', attempts: 0 })
    expect((await get())?.error).toMatchObject({ code: 'UNDECODABLE_RECORD' })
    expect(events).toContain('error UNDECODABLE_RECORD')
    expect(events.filter((event) => event === 'dead')).toHaveLength(1)
    expect(ran).toEqual(['sound'])
    await world.until(worker.stop())
  })

  it('goes to dead when the store itself says that it is damaged', async () => {
    const world = aWorld()
    world.faults.set('claim', async (run) => {
      const { jobs, more } = (await run()) as ClaimResult
      return { jobs: jobs.map((job) => (job.id === 'a' ? { ...job, damage: 'bad msgpack' } : job)), more }
    })
    const worker = world.worker()
    const dead: unknown[] = []
    worker.on('error', () => {}).on('dead', ({ lease, job, reason }) => dead.push([lease.id, job, reason]))
    let ran = 0
    worker.registerHandler('email', () => void ran++)
    worker.start()
    await world.scheduler().pushMany(['a', 'b'].map((id) => ({ name: 'email', args: {}, id })))
    await world.clock.advance(0)
    expect(dead).toEqual([['a', null, 'undecodable']])
    expect(await world.inspector.get('a')).toMatchObject({ state: 'dead', deadReason: 'undecodable' })
    expect(ran).toBe(1)
    await world.until(worker.stop())
  })

  it('is given back with its attempt when the store says that a newer release wrote it (G19)', async () => {
    const world = aWorld()
    world.faults.set('claim', async (run) => {
      const { jobs, more } = (await run()) as ClaimResult
      return { jobs: jobs.map((job) => ({ ...job, unsupported: 'a record of version 2' })), more }
    })
    const worker = world.worker()
    const codes: string[] = []
    worker.on('error', (error) => codes.push((error as GoschedsError).code))
    worker.registerHandler('email', () => {})
    worker.start()
    await world.scheduler().push('email', {}, { id: 'a' })
    await world.clock.advance(0)
    expect(codes).toEqual(['UNSUPPORTED_RECORD'])
    expect(await world.inspector.get('a')).toMatchObject({ state: 'scheduled', attempts: 0 })
    await world.until(worker.stop())
  })

  it('leaves no timer when its end cannot be told to the store for longer than its lease (G16)', async () => {
    const world = aWorld()
    await world.memory.enqueue({ jobs: [aJob({ payload: '{' })] })
    for (const method of ['settle', 'extend'] as const) world.faults.set(method, failing)
    const worker = world.worker({ leaseMs: 1_000 })
    worker.on('error', () => {})
    worker.registerHandler('email', () => {})
    worker.start()
    await world.pass(800)
    const stopping = worker.stop()
    await world.pass(150, 10)
    world.faults.clear()
    await world.until(stopping, 10)
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('does not keep its slot', async () => {
    const { world, worker } = await before({ payload: '{' })
    expect(worker.health()).toMatchObject({ unsettled: 0, lanes: [{ active: 0 }] })
    await world.until(worker.stop())
  })
})

describe('a stored job of a newer release (G19)', () => {
  it('is put back for a newer worker, unchanged and without using an attempt, while the others flow', async () => {
    const options = '{"v":2,"maxAttempts":1,"colour":"red"}'
    const { world, worker, events, ran, get } = await before({ options })
    expect(ran).toEqual(['sound'])
    expect(events).toContain('error UNSUPPORTED_RECORD')
    expect(events).toContain('released')
    expect(await get()).toMatchObject({ state: 'scheduled', attempts: 0, recoveries: 0 })
    const [stored] = await world.memory.get({ ids: ['a'] })
    expect(stored).toMatchObject({ options, payload: '{"to":"ada"}' })
    await world.until(worker.stop())
  })

  it('is looked at again after a minute and not at once', async () => {
    const { world, worker, events } = await before({ options: '{"v":2}' })
    const scheduler = world.scheduler()
    scheduler.start()
    await world.pass(59_000, 1_000)
    expect(events.filter((event) => event === 'released')).toHaveLength(1)
    await world.pass(2_000, 1_000)
    expect(events.filter((event) => event === 'released')).toHaveLength(2)
    await world.until(Promise.all([worker.stop(), scheduler.stop()]))
  })

  it('runs when it only has fields that this release does not know', async () => {
    const { world, worker, ran } = await before({ options: '{"v":1,"colour":"red"}' })
    expect(ran).toEqual(['a', 'sound'])
    await world.until(worker.stop())
  })
})
