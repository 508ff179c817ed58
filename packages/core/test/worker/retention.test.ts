import { describe, expect, it } from 'vitest'
import { type JobState, NonRetryableError } from '../../src/index.js'
import { aWorld } from '../support/a-world.js'
import { untilAborted } from '../support/handlers.js'

const kept = { retain: { completedMs: 60_000, deadMs: 120_000, maxCount: 2 } }

describe('the jobs of a name that are kept', () => {
  it.each<[JobState, () => unknown]>([
    ['completed', () => 'done'],
    ['dead', () => Promise.reject(new NonRetryableError('no'))],
  ])('are no more than maxCount of those that are %s: the last ones', async (state, handler) => {
    const world = aWorld()
    const worker = world.worker({ concurrency: 1 })
    worker.registerHandler('email', handler)
    worker.start()
    for (const id of ['a', 'b', 'c', 'd']) {
      await world.scheduler().push('email', {}, { id, ...kept })
      await world.clock.advance(1_000)
    }
    const { jobs } = await world.inspector.list({ name: 'email', state })
    expect(jobs.map(({ id }) => id)).toEqual(['c', 'd'])
    await world.until(worker.stop())
  })

  it('are so after a cancel of running ones as well', async () => {
    const world = aWorld()
    const worker = world.worker()
    worker.registerHandler('email', untilAborted)
    worker.start()
    for (const id of ['a', 'b', 'c']) {
      await world.scheduler().push('email', {}, { id, ...kept })
      await world.clock.advance(0)
      await world.inspector.cancel(id)
      await world.clock.advance(1_000)
    }
    const { jobs } = await world.inspector.list({ name: 'email', state: 'cancelled' })
    expect(jobs.map(({ id }) => id)).toEqual(['b', 'c'])
    await world.until(worker.stop())
  })

  it('are kept for the span of their own end, and removed after it', async () => {
    const world = aWorld()
    const keeper = world.scheduler()
    keeper.start()
    const worker = world.worker()
    worker.registerHandler('email', ({ id }) => {
      if (id === 'dies') throw new NonRetryableError('no')
    })
    worker.start()
    for (const id of ['completes', 'dies']) await keeper.push('email', {}, { id, ...kept })
    const left = async () => (await world.memory.get({ ids: ['completes', 'dies'] })).map((job) => job?.state)
    await world.pass(59_000, 1_000)
    expect(await left()).toEqual(['completed', 'dead'])
    // The pruner looks once a minute.
    await world.pass(61_000, 1_000)
    expect(await left()).toEqual([undefined, 'dead'])
    await world.pass(61_000, 1_000)
    expect(await left()).toEqual([undefined, undefined])
    await world.until(Promise.all([worker.stop(), keeper.stop()]))
  })
})
