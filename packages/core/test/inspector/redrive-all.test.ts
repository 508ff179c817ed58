import { describe, expect, it } from 'vitest'
import { aWorld, type World } from '../support/a-world.js'

/** Jobs of a name that are dead: each holds, if it can, the key that is its id. */
async function dead(world: World, name: string, ids: readonly string[]): Promise<void> {
  await world.scheduler().pushMany(ids.map((id) => ({ name, args: {}, id, unique: { key: id } })))
  const { jobs } = await world.memory.claim({ name, worker: 'w', limit: 1_000, leaseMs: 60_000 })
  const settlement = { type: 'dead', reason: 'attempts', error: '{}', retentionMs: 1e9 } as const
  await world.memory.settle({ entries: jobs.map((lease) => ({ lease, settlement })) })
}

describe('redriveAll', () => {
  it('without a name puts back the dead jobs of every name', async () => {
    const world = aWorld()
    await dead(world, 'email', ['a', 'b'])
    await dead(world, 'report', ['c'])
    await world.scheduler().push('other', {}, { id: 'd' })
    expect(await world.inspector.redriveAll()).toBe(3)
    expect(await world.inspector.counts()).toMatchObject([
      { name: 'email', ready: 2, dead: 0 },
      { name: 'other', ready: 1 },
      { name: 'report', ready: 1, dead: 0 },
    ])
    expect(await world.inspector.redriveAll()).toBe(0)
  })

  it('leaves those whose unique key another job holds, does not count them, and ends', async () => {
    const world = aWorld()
    await dead(world, 'email', ['a', 'b', 'c'])
    await world.scheduler().push('email', {}, { id: 'new', unique: { key: 'b' } })
    expect(await world.inspector.redrive('b')).toEqual({ status: 'duplicate', id: 'new' })
    expect(await world.inspector.redriveAll()).toBe(2)
    expect(await world.inspector.counts(['email'])).toMatchObject([{ ready: 3, dead: 1 }])
    expect(await world.inspector.get('b')).toMatchObject({ state: 'dead' })
  })
})

describe('the counts of a name', () => {
  it('have the age of its oldest ready job, of whichever priority', async () => {
    const world = aWorld()
    const age = async () => (await world.inspector.counts(['email']))[0]?.oldestReadyMs
    expect(await age()).toBeNull()
    await world.scheduler().push('email', {}, { priority: 5 })
    await world.clock.advance(1_000)
    await world.scheduler().push('email', {})
    await world.clock.advance(500)
    await world.scheduler().push('email', {}, { priority: -5 })
    expect(await age()).toBe(1_500)
    await world.memory.claim({ name: 'email', worker: 'w', limit: 2, leaseMs: 60_000 })
    expect(await age()).toBe(1_500)
    await world.memory.claim({ name: 'email', worker: 'w', limit: 1, leaseMs: 60_000 })
    expect(await age()).toBeNull()
  })
})
