import { describe, expect, it } from 'vitest'
import type { UniqueOptions } from '../../src/index.js'
import { aWorld } from '../support/a-world.js'
import { replyLost } from '../support/with-faults.js'

/** A job `holder` that holds the key `k`, waiting or, once `run`, active. */
async function held(unique: Omit<UniqueOptions, 'key'> = {}) {
  const world = aWorld()
  const scheduler = world.scheduler()
  await scheduler.push('email', { n: 1 }, { id: 'holder', unique: { key: 'k', ...unique } })
  const run = async () => (await world.memory.claim({ name: 'email', worker: 'w', limit: 1, leaseMs: 60_000 })).jobs[0]
  const again = (onConflict: UniqueOptions['onConflict'], options: object = {}) =>
    scheduler.push('email', { n: 2 }, { unique: { key: 'k', ...unique, onConflict }, ...options })
  return { world, scheduler, run, again, get: (id: string) => world.inspector.get(id) }
}

describe('a push whose unique key is held', () => {
  it('answers duplicate and the holder’s id, which it leaves as it is', async () => {
    const { again, run, get } = await held()
    expect(await again('ignore')).toEqual({ status: 'duplicate', id: 'holder' })
    await run()
    for (const onConflict of ['ignore', 'replace', 'reschedule'] as const) {
      expect(await again(onConflict)).toEqual({ status: 'duplicate', id: 'holder' })
    }
    expect(await get('holder')).toMatchObject({ state: 'active', args: { n: 1 }, unique: { key: 'k' } })
  })

  it('answers replaced with both ids, and the waiting holder is gone', async () => {
    const { again, get } = await held()
    expect(await again('replace', { id: 'new' })).toEqual({ status: 'replaced', id: 'new', replacedId: 'holder' })
    expect(await get('holder')).toBeNull()
    expect(await get('new')).toMatchObject({ state: 'ready', args: { n: 2 } })
  })

  it('answers rescheduled, and the waiting holder has its due time and keeps its args', async () => {
    const { world, scheduler, get } = await held()
    const options = { delayMs: 60_000, unique: { key: 'k', onConflict: 'reschedule' } } as const
    expect(await scheduler.pushScheduled('email', { n: 2 }, options)).toEqual({ status: 'rescheduled', id: 'holder' })
    const dueAt = new Date(world.clock.now() + 60_000)
    expect(await get('holder')).toMatchObject({ state: 'scheduled', args: { n: 1 }, dueAt })
  })

  it('answers queuedAgain once, and the new job runs when the active one has ended', async () => {
    const { world, again, run, get } = await held()
    expect(await again('runAgain')).toEqual({ status: 'duplicate', id: 'holder' })
    const lease = await run()
    expect(await again('runAgain', { id: 'next' })).toEqual({ status: 'queuedAgain', id: 'next' })
    expect(await again('runAgain')).toEqual({ status: 'duplicate', id: 'next' })
    const parked = await get('next')
    expect(parked).toMatchObject({ state: 'scheduled', args: { n: 2 } })
    expect(parked).not.toHaveProperty('dueAt')
    expect(await world.inspector.reschedule('next', { delayMs: 5 })).toEqual({ status: 'parked' })
    if (lease === undefined) throw new Error('there is no holder')
    await world.memory.settle({ entries: [{ lease, settlement: { type: 'completed', retentionMs: 0 } }] })
    expect(await get('next')).toMatchObject({ state: 'ready' })
  })

  it('answers for each entry of a pushMany, as if they came one by one', async () => {
    const { scheduler } = await held()
    const unique = { key: 'k2', onConflict: 'replace' } as const
    const outcomes = await scheduler.pushMany([
      { name: 'email', args: 1, id: 'x', unique },
      { name: 'email', args: 2, id: 'y', unique },
      { name: 'email', args: 3, unique: { key: 'k' } },
      { name: 'report', args: 4, id: 'z', unique: { key: 'k' } },
      { name: 'email', args: 5, unique: { key: '' } },
    ])
    expect(outcomes).toMatchObject([
      { status: 'added', id: 'x' },
      { status: 'replaced', id: 'y', replacedId: 'x' },
      { status: 'duplicate', id: 'holder' },
      { status: 'added', id: 'z' },
      { status: 'rejected' },
    ])
  })

  it('answers added when the first reply was lost and the call was made again: it is the push itself', async () => {
    const { world, scheduler } = await held()
    world.faults.set('enqueue', async (run) => {
      await replyLost(run).catch(() => {})
      return run()
    })
    const first = await scheduler.push('email', {}, { unique: { key: 'k3' } })
    expect(first).toMatchObject({ status: 'added' })
    world.faults.clear()
    expect(await scheduler.push('email', {}, { unique: { key: 'k3' } })).toEqual({ status: 'duplicate', id: first.id })
  })

  it('is a duplicate of an id before any key is looked at', async () => {
    const { again, get } = await held()
    expect(await again('replace', { id: 'holder' })).toEqual({ status: 'duplicate', id: 'holder' })
    expect(await get('holder')).toMatchObject({ args: { n: 1 } })
  })
})
