import type { ClaimedJob, NewJob, Store } from '@goscheds/core'
import { describe, expect, it } from 'vitest'
import { aCountingRig } from './counting-rig.js'
import { aJob, completeAll } from './store-rig.js'

const CLAIM = { name: 'email', worker: 'worker-a', limit: 20, leaseMs: 60_000 } as const

/** So many groups with so many jobs each, one job of each after the other. */
async function pushGroups(store: Store, groups: number, each: number): Promise<void> {
  const jobs = Array.from({ length: groups * each }, (_, i): NewJob => aJob({ group: { key: `group-${i % groups}` } }))
  for (let from = 0; from < jobs.length; from += 1_000) await store.enqueue({ jobs: jobs.slice(from, from + 1_000) })
}

/** Claims in calls of so many until a call says that there is no more. → the jobs of each call */
async function claimByCalls(store: Store, limit: number): Promise<readonly (readonly ClaimedJob[])[]> {
  const calls = []
  for (let hasMore = true; hasMore;) {
    const { jobs, more } = await store.claim({ ...CLAIM, limit })
    calls.push(jobs)
    hasMore = more || jobs.length === limit
  }
  return calls
}

describe('with any number of groups one call does a bounded amount of work', () => {
  it('when it claims from few groups or from many', async () => {
    const { store, commandsOf } = await aCountingRig()
    await pushGroups(store, 10, 4)
    const few = await commandsOf(() => store.claim(CLAIM))
    await pushGroups(store, 20_000, 1)
    const many = await commandsOf(() => store.claim(CLAIM))
    const most = 15 * CLAIM.limit
    expect(few).toBeLessThan(most)
    expect(many).toBeLessThan(Math.min(most, few * 2))
  })

  it('by the time that a claim takes, too', async () => {
    const { store, microsecondsOf } = await aCountingRig()
    // The least of several, which the load of the machine falsifies least.
    const least = async (): Promise<number> => {
      const times = []
      for (let i = 0; i < 15; i++) times.push(await microsecondsOf(() => store.claim(CLAIM)))
      return Math.min(...times)
    }
    await pushGroups(store, 10, 50)
    // The first call brings the script.
    await store.claim(CLAIM)
    const few = await least()
    await pushGroups(store, 30_000, 1)
    expect(await least()).toBeLessThan(few * 2)
  })

  it('when a group has any number of jobs', async () => {
    const { store, commandsOf } = await aCountingRig()
    await pushGroups(store, 1, 10_000)
    expect(await commandsOf(() => store.claim(CLAIM))).toBeLessThan(60)
  })

  it('when it passes groups that are at a limit', async () => {
    const { store, client, key, commandsOf } = await aCountingRig()
    await pushGroups(store, 2_500, 2)
    for (const limit of [1_000, 1_000, 500]) await store.claim({ ...CLAIM, limit })
    await store.setLimits({ name: 'email', limits: { perGroup: { concurrency: 1 } } })
    const aside = []
    for (let i = 0; i < 4; i++) {
      const commands = await commandsOf(async () => aside.push((await store.claim(CLAIM)).more))
      expect(commands).toBeLessThan(3_000)
      aside.push(await client.zcard(key('email:groups-aside')))
    }
    expect(aside).toEqual([true, 1_000, true, 2_000, false, 2_500, false, 2_500])
  })

  it('when limits change while many are set aside', async () => {
    const { store, client, key, commandsOf } = await aCountingRig()
    await store.setLimits({ name: 'email', limits: { perGroup: { concurrency: 1 } } })
    await pushGroups(store, 6_000, 2)
    const leases = (await claimByCalls(store, 1_000)).flat()
    expect(leases).toHaveLength(6_000)
    expect(await client.zcard(key('email:groups-aside'))).toBe(6_000)
    const set = (concurrency: number): Promise<number> =>
      commandsOf(() => store.setLimits({ name: 'email', limits: { perGroup: { concurrency } } }))
    expect(await set(2)).toBeLessThan(20)
    expect(await client.zcard(key('email:groups-freed'))).toBe(6_000)
    const { jobs, more } = await store.claim(CLAIM)
    expect([jobs.length, more]).toEqual([20, false])
    expect(await client.zcard(key('email:groups-freed'))).toBe(5_000)
    expect(await set(3)).toBeLessThan(20)
    expect(await store.counts({})).toMatchObject([{ ready: 5_980, groups: 5_980 }])
    // A job of each group that is left, whatever was brought back by which call.
    expect((await claimByCalls(store, 1_000)).flat()).toHaveLength(5_980)
    expect(await client.exists(key('email:groups-freed'), key('email:groups'), key('grouped'))).toBe(0)
  })

  it('when limits change again before many have come back', async () => {
    const { store, client, key, commandsOf } = await aCountingRig()
    const set = (concurrency: number): Promise<void> =>
      store.setLimits({ name: 'email', limits: { perGroup: { concurrency } } })
    await set(1)
    const plant = async (place: string, count: number, score: string): Promise<void> => {
      const members = Array.from({ length: count }, (_, i) => [score, `${place}-${i}`]).flat()
      await client.zadd(key(`email:${place}`), ...members)
    }
    await plant('groups-freed', 11_000, '0')
    await plant('groups-aside', 11_000, 'inf')
    await plant('groups-aside', 500, '5')
    // No call moves more than five thousand, in no one command either.
    expect(await commandsOf(() => set(2))).toBeLessThan(100)
    const stats = await client.info('commandstats')
    expect(/^cmdstat_evalsha:calls=(\d+)/m.exec(stats)?.[1]).toBe('3')
    expect(stats).not.toContain('zunionstore')
    expect(await client.zcard(key('email:groups-freed'))).toBe(22_000)
    expect(await client.exists(key('email:groups-aside'))).toBe(0)
    expect(await client.hget(key('limits'), 'email')).toContain('\t2\t')
  })

  it('when the buckets of many groups have a token at the same time', async () => {
    const { store, advance, commandsOf } = await aCountingRig()
    const rate = { limit: 1, perMs: 1_000, burst: 1 }
    await store.setLimits({ name: 'email', limits: { perGroup: { rate } } })
    await pushGroups(store, 2_500, 2)
    expect((await claimByCalls(store, 1_000)).flat()).toHaveLength(2_500)
    await advance(1_000)
    expect(await commandsOf(() => store.claim(CLAIM))).toBeLessThan(15 * CLAIM.limit)
    expect((await claimByCalls(store, 1_000)).flat()).toHaveLength(2_480)
  })

  it('when jobs of a thousand groups are pushed and end', async () => {
    const { store, commandsOf } = await aCountingRig()
    expect(await commandsOf(() => pushGroups(store, 1_000, 1))).toBeLessThan(6_000)
    const { jobs } = await store.claim({ ...CLAIM, limit: 1_000 })
    expect(await commandsOf(() => completeAll(store, jobs))).toBeLessThan(3_000)
  })
})
