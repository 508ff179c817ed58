import { describe, expect, it } from 'vitest'
import { aLimitedWorld, ids } from '../support/a-limited-world.js'
import { sleep } from '../../src/service/sleep.js'
import { aWorld } from '../support/a-world.js'

const of = (key: string, weight?: number) => ({ group: { key, ...(weight !== undefined && { weight }) } })
const inGroup = (key: string, count: number, weight?: number) =>
  ids(count, key).map((entry) => ({ ...entry, ...of(key, weight) }))

describe('the jobs of groups', () => {
  it('are served in turns: one with a single job is not behind another’s thousands', async () => {
    const { world, runs, push, stop } = await aLimitedWorld({
      ...{ limits: null, workers: 1, concurrency: 2, takes: () => 10 },
    })
    await push(...inGroup('large', 2_000))
    await push(...inGroup('small', 1), ...inGroup('other', 3))
    await world.pass(60, 10)
    const order = runs.slice(2).map(({ id }) => id)
    expect(order.slice(0, 3)).toContain('small-1')
    expect(order.slice(0, 9)).toContain('other-3')
    await stop()
  })

  it('share by weight', async () => {
    const { world, runs, push, stop } = await aLimitedWorld({
      ...{ limits: null, workers: 1, concurrency: 1, takes: () => 10 },
    })
    await push(...inGroup('twice', 200, 2), ...inGroup('once', 200))
    await world.pass(900, 10)
    const began = runs.slice(0, 90).map(({ group }) => group)
    expect(Math.abs(began.filter((key) => key === 'twice').length - 60)).toBeLessThanOrEqual(1)
    await stop()
  })

  it('know their group, in the handler and in the inspector', async () => {
    const world = aWorld()
    const groups: unknown[] = []
    const worker = world.worker()
    worker.registerHandler('email', ({ group }) => void groups.push(group))
    const scheduler = world.scheduler()
    await scheduler.push('email', {}, { id: 'a', group: { key: 'tenant' }, retain: { completedMs: 5_000 } })
    await scheduler.push('email', {}, { id: 'b', group: { key: 'tenant', weight: 2.5 } })
    await scheduler.push('email', {}, { id: 'c' })
    expect(await world.inspector.get('a')).toMatchObject({ group: { key: 'tenant', weight: 1 } })
    expect(await world.inspector.get('b')).toMatchObject({ group: { key: 'tenant', weight: 2.5 } })
    expect(await world.inspector.get('c')).not.toHaveProperty('group')
    expect(await world.inspector.counts(['email'])).toMatchObject([{ ready: 3, groups: 1 }])
    worker.start()
    await world.clock.advance(0)
    expect(groups).toHaveLength(3)
    expect(groups).toEqual(
      expect.arrayContaining([{ key: 'tenant', weight: 1 }, { key: 'tenant', weight: 2.5 }, undefined]),
    )
    expect(await world.inspector.get('a')).toMatchObject({ state: 'completed', group: { key: 'tenant', weight: 1 } })
    await world.until(worker.stop())
  })
})

describe('the limits of each group', () => {
  it('leave a worker neither drained nor idle while a group has jobs left', async () => {
    const world = aWorld()
    const [worker, scheduler] = [world.worker(), world.scheduler()]
    const events: string[] = []
    for (const event of ['completed', 'drained', 'idle'] as const) worker.on(event, () => events.push(event))
    worker.registerHandler('email', () => sleep(world.clock, 50))
    await world.inspector.setLimits('email', { perGroup: { concurrency: 1 } })
    for (const id of ['a', 'b', 'c']) await scheduler.push('email', {}, { id, group: { key: 'tenant' } })
    worker.start()
    await world.pass(200, 10)
    expect(events).toEqual(['completed', 'completed', 'drained', 'completed', 'idle'])
    await world.until(worker.stop())
  })

  it('hold a group in all workers together, and let the others pass', async () => {
    const { world, runs, push, stop } = await aLimitedWorld({
      ...{ limits: { perGroup: { concurrency: 1 } }, takes: () => 50 },
    })
    await push(...inGroup('a', 20), ...inGroup('b', 20), ...inGroup('c', 20))
    await world.pass(20 * 50 + 500, 10)
    expect(runs).toHaveLength(60)
    for (const key of ['a', 'b', 'c']) {
      const own = runs.filter(({ group }) => group === key)
      expect(own).toHaveLength(20)
      own.forEach(({ from }, index) => expect(from).toBeGreaterThanOrEqual(own[index - 1]?.to ?? 0))
    }
    await stop()
  })

  it('hold a group to its rate, on time, while its lane waits in the store', async () => {
    const perGroup = { rate: { limit: 1, perMs: 300, burst: 1 } }
    const { world, runs, push, stop } = await aLimitedWorld({ limits: { perGroup }, workers: 1, takes: () => 1 })
    await push(...inGroup('a', 10), ...inGroup('b', 5))
    const claims = world.calls('claim').length
    await world.pass(3_000, 10)
    const starts = (key: string): number[] => runs.filter(({ group }) => group === key).map(({ from }) => from)
    const gaps = (times: number[]): number[] => times.slice(1).map((at, index) => at - (times[index] ?? 0))
    expect(starts('a')).toHaveLength(10)
    expect(gaps(starts('a')).every((gap) => gap >= 300 && gap <= 301)).toBe(true)
    expect(gaps(starts('b')).every((gap) => gap >= 300 && gap <= 301)).toBe(true)
    expect(world.calls('claim').length - claims).toBeLessThan(40)
    await stop()
  })

  it('have idle lanes spread their looks for the token of a group, which one of them gets', async () => {
    const perGroup = { rate: { limit: 10, perMs: 1_000, burst: 2 } }
    const { world, runs, push, stop } = await aLimitedWorld({ limits: { perGroup }, workers: 20, takes: () => 1 })
    await push(...inGroup('a', 200))
    await world.pass(2_000, 10)
    const [claims, ran] = [world.calls('claim').length, runs.length]
    await world.pass(10_000, 10)
    expect(runs.length - ran).toBeGreaterThanOrEqual(98)
    expect(world.calls('claim').length - claims).toBeLessThan(600)
    await stop()
  })

  it('keep an ordered group strictly in order, behind a head that is tried again, and no other group waits', async () => {
    const { world, runs, push, stop } = await aLimitedWorld({
      limits: { perGroup: { concurrency: 1, ordered: true } },
      takes: (id, run) => {
        if (id === 'a-2' && run < 4) throw new Error('not yet')
        return 20
      },
    })
    const backoff = { type: 'fixed', delayMs: 1_000 } as const
    await push(...inGroup('a', 5).map((entry) => ({ ...entry, backoff })), ...inGroup('b', 5))
    await world.pass(1_000, 10)
    expect(runs.filter(({ group }) => group === 'b')).toHaveLength(5)
    await world.pass(4_000, 10)
    const order = runs.filter(({ group }) => group === 'a').map(({ id }) => id)
    expect(order).toEqual(['a-1', 'a-2', 'a-2', 'a-2', 'a-2', 'a-3', 'a-4', 'a-5'])
    await stop()
  })
})
