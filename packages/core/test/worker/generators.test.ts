import { describe, expect, it } from 'vitest'
import type { Handler } from '../../src/index.js'
import { aWorld } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'
import { runJob } from '../support/run-job.js'
import { failing } from '../support/with-faults.js'

function* oneByOne(): Generator<number> {
  yield 1
}

const kept = { retain: { completedMs: 600_000, deadMs: 600_000 } }

describe('a handler that is an async generator', () => {
  it('has each value stored before it is resumed, and returns the result', async () => {
    const world = aWorld()
    const seen: unknown[] = []
    const checkpoint = async (): Promise<unknown> => (await world.memory.get({ ids: ['a'] }))[0]?.checkpoint
    const { events, get, stop } = await runJob(
      async function* () {
        for (const row of [1, 2, 3]) {
          yield { row }
          seen.push(await checkpoint())
        }
        return 'done'
      },
      { world, push: kept },
    )
    expect(seen).toEqual(['{"row":1}', '{"row":2}', '{"row":3}'])
    expect(events).toEqual(['started', 'completed'])
    expect(await get()).toMatchObject({ state: 'completed', result: 'done', checkpoint: { row: 3 } })
    expect(await stop()).toBe(0)
  })

  it('may be returned by a function, and may report like any other', async () => {
    const { get, stop } = await runJob(
      async (_job, { progress }) =>
        (async function* () {
          yield 1
          void progress('half')
          return 'done'
        })(),
      { push: kept },
    )
    expect(await get()).toMatchObject({ result: 'done', checkpoint: 1, progress: 'half' })
    await stop()
  })

  it('goes on from its checkpoint in the next attempt', async () => {
    const from: unknown[] = []
    const { world, get, stop } = await runJob(
      async function* (job) {
        from.push(job.checkpoint)
        if (job.checkpoint === 2) return 'done'
        yield 1
        yield 2
        throw new Error('the connection broke')
      },
      { push: kept },
    )
    await world.pass(1_000)
    expect(from).toEqual([undefined, 2])
    expect(await get()).toMatchObject({ state: 'completed', attempts: 1, result: 'done' })
    await stop()
  })

  it('goes on from its checkpoint in another worker after a crash', async () => {
    const world = aWorld()
    await world.scheduler().push('email', {}, { id: 'b' })
    const [lease] = (await world.memory.claim({ name: 'email', worker: 'dies', limit: 1, leaseMs: 1_000 })).jobs
    if (lease === undefined) throw new Error('there is no job')
    await world.memory.report({ entries: [{ lease, checkpoint: '{"row":9}' }] })
    await world.clock.advance(1_000)
    await world.memory.reap({ limit: 1, maxRecoveries: 3 })
    const from: unknown[] = []
    const { stop } = await runJob(
      (job: { id: string; checkpoint: unknown }) => void from.push([job.id, job.checkpoint]),
      {
        world,
      },
    )
    expect(from).toEqual([
      ['b', { row: 9 }],
      ['a', undefined],
    ])
    await stop()
  })

  it('begins anew, with an error event, when its checkpoint cannot be read', async () => {
    const world = aWorld()
    await world.scheduler().push('email', {}, { id: 'b' })
    const [lease] = (await world.memory.claim({ name: 'email', worker: 'w', limit: 1, leaseMs: 1_000 })).jobs
    if (lease === undefined) throw new Error('there is no job')
    await world.memory.report({ entries: [{ lease, checkpoint: 'not JSON' }] })
    await world.memory.settle({ entries: [{ lease, settlement: { type: 'released', delayMs: 0 } }] })
    const from: unknown[] = []
    const { errors, stop } = await runJob((job: { checkpoint: unknown }) => void from.push(job.checkpoint), { world })
    expect(from).toEqual([undefined, undefined])
    expect(errors).toEqual(['the stored job cannot be read: its checkpoint does not decode'])
    await stop()
  })

  it.each<[string, unknown, string]>([
    ['cannot be encoded', 5n, 'CHECKPOINT_NOT_SERIALIZABLE'],
    ['is too large', 'x'.repeat(256 * 1024), 'CHECKPOINT_TOO_LARGE'],
  ])('has the refusal of a value that %s thrown into it, and fails unless it catches that', async (_, value, code) => {
    let cleaned = false
    const handler: Handler<never> = async function* (job: { attempt: number }) {
      try {
        yield value
        return undefined
      } catch (error) {
        if (job.attempt === 1) throw error
        return (error as { code: string }).code
      } finally {
        cleaned = true
      }
    }
    const { world, events, get, stop } = await runJob(handler, { push: kept })
    expect(cleaned).toBe(true)
    await world.pass(1_000)
    expect(events).toEqual(['started', 'retrying', 'started', 'completed'])
    expect(await get()).toMatchObject({ result: code, failures: [{ error: { code } }] })
    await stop()
  })

  it('waits at its yield for a store that is away, and goes on when it is back', async () => {
    const world = aWorld()
    world.faults.set('report', failing)
    const seen: unknown[] = []
    const { errors, get, stop } = await runJob(
      async function* () {
        yield 1
        seen.push((await world.memory.get({ ids: ['a'] }))[0]?.checkpoint)
      },
      { world, push: { ...kept, maxAttempts: 1 } },
    )
    await world.pass(5_000)
    expect(seen).toEqual([])
    expect(errors.length).toBeGreaterThan(1)
    world.faults.clear()
    await world.pass(5_000)
    expect(seen).toEqual(['1'])
    expect(await get()).toMatchObject({ state: 'completed', attempts: 0 })
    await stop()
  })

  it('has the loss of its lease thrown into it when the store stays away for so long', async () => {
    const world = aWorld()
    const thrown: unknown[] = []
    const { stop } = await runJob(
      async function* () {
        try {
          world.faults.set('report', failing)
          world.faults.set('extend', failing)
          yield 1
        } catch (error) {
          thrown.push(error)
          throw error
        }
      },
      { world, worker: { leaseMs: 10_000 } },
    )
    await world.pass(8_900)
    expect(thrown).toEqual([])
    await world.pass(1_000)
    expect(thrown).toMatchObject([{ code: 'LEASE_LOST' }])
    world.faults.clear()
    await stop()
  })

  it('keeps its last checkpoint at a bare yield', async () => {
    const { get, stop } = await runJob(
      async function* () {
        yield 1
        yield
        throw new Error('no')
      },
      { push: { backoff: { type: 'fixed', delayMs: 60_000 } } },
    )
    expect(await get()).toMatchObject({ state: 'scheduled', checkpoint: 1 })
    await stop()
  })

  it('keeps no event loop for itself, though the store answers at once', async () => {
    let others = 0
    const next = (): void => void setImmediate(() => (others++, others < 100 && next()))
    const { get, stop } = await runJob(
      async function* () {
        next()
        for (let row = 0; row < 100; row++) yield row
        return others
      },
      { push: kept },
    )
    expect((await get())?.result).toBeGreaterThan(50)
    await stop()
  })

  it.each<[string, unknown]>([
    ['an async iterator that cannot be ended', { [Symbol.asyncIterator]: 1, next: 1 }],
    ['an array', [1, 2]],
    ['a generator that is not async', oneByOne()],
    ['nothing', undefined],
    ['null', null],
  ])('is not what returns %s: that is its result', async (_, value) => {
    const results: unknown[] = []
    const gate = deferred()
    const { world, worker, stop } = await runJob(async () => {
      await gate.promise
      return value
    })
    worker.on('completed', ({ result }) => results.push(result))
    gate.resolve()
    await world.clock.advance(0)
    expect(results).toHaveLength(1)
    expect(results[0]).toBe(value)
    expect(world.calls('report')).toEqual([])
    await stop()
  })
})
