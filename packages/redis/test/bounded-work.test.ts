import type { NewJob, UniqueKey } from '@goscheds/core'
import { describe, expect, it } from 'vitest'
import { aCountingRig } from './counting-rig.js'
import { fireOf, put } from './script-cases/a-schedule.js'
import { aJob, claimAll, idsOf, manyJobs } from './store-rig.js'

const unique: UniqueKey = { key: 'ada', until: 'started', onConflict: 'ignore' }

describe('one call does a bounded amount of work', () => {
  it('when it claims from as many priorities as jobs', async () => {
    const { store, commandsOf } = await aCountingRig()
    const jobs = Array.from({ length: 1_000 }, (_, i) => aJob({ priority: i - 1_000 }))
    await store.enqueue({ jobs })
    const claim = { name: 'email', worker: 'worker-a', limit: 1_000, leaseMs: 1_000 }
    expect(await commandsOf(() => store.claim(claim))).toBeLessThan(10_000)
    expect(await claimAll(store)).toEqual([])
  })

  it('when a thousand jobs expire, of many', async () => {
    const { store, advance, commandsOf } = await aCountingRig()
    for (let n = 0; n < 5; n++) await store.enqueue({ jobs: manyJobs(1_000, { expiresAt: 1 }) })
    await advance(1_000)
    expect(await commandsOf(() => store.reap({ limit: 100, maxRecoveries: 3 }))).toBeLessThan(3_000)
    expect(await store.counts({})).toMatchObject([{ ready: 4_900 }])
  })

  it('when it frees a key that many wait for', async () => {
    const { store, commandsOf } = await aCountingRig()
    // Each starts, which frees the key for the next, and comes back to find it held.
    const leases = []
    for (let n = 0; n < 300; n++) {
      await store.enqueue({ jobs: [aJob({ unique })] })
      leases.push(...(await claimAll(store)))
    }
    await store.enqueue({ jobs: [aJob({ unique })] })
    const settlement = { type: 'retry', delayMs: 0, error: 'no' } as const
    await store.settle({ entries: leases.map((lease) => ({ lease, settlement })) })
    expect(await store.counts({})).toMatchObject([{ scheduled: 300, ready: 1 }])
    const claim = { name: 'email', worker: 'worker-a', limit: 1, leaseMs: 1_000 }
    expect(await commandsOf(() => store.claim(claim))).toBeLessThan(60)
    expect(await store.counts({})).toMatchObject([{ scheduled: 299, ready: 1 }])
    const ids = idsOf(leases)
    expect(await commandsOf(() => store.remove({ ids }))).toBeLessThan(300 * 60)
    expect(await store.counts({})).toMatchObject([{ scheduled: 0, ready: 0, active: 1 }])
  })

  it('when keys end by the thousand', async () => {
    const { store, client, key, advance, commandsOf } = await aCountingRig()
    const job = (i: number): NewJob => aJob({ unique: { ...unique, key: `key-${i}`, until: { ttlMs: 1_000 } } })
    for (let n = 0; n < 3; n++)
      await store.enqueue({ jobs: Array.from({ length: 1_000 }, (_, i) => job(n * 1_000 + i)) })
    await advance(1_000)
    expect(await commandsOf(() => store.prune({ limit: 100, maxDeadPerName: 10 }))).toBeLessThan(600)
    expect(await client.hlen(key('unique'))).toBe(2_900)
  })

  it('when many kept jobs are too many at once', async () => {
    const { store, client, key, commandsOf } = await aCountingRig()
    for (let n = 0; n < 5; n++) {
      await store.enqueue({ jobs: manyJobs(1_000) })
      const entries = (await claimAll(store)).map((lease) => {
        return { lease, settlement: { type: 'completed', retentionMs: 60_000 } as const }
      })
      await store.settle({ entries })
    }
    await store.enqueue({ jobs: manyJobs(100) })
    const entries = (await claimAll(store)).map((lease) => {
      return { lease, settlement: { type: 'completed', retentionMs: 60_000, maxCount: 1 } as const }
    })
    expect(await commandsOf(() => store.settle({ entries }))).toBeLessThan(6_000)
    expect(await client.zcard(key('email:completed'))).toBeLessThan(4_500)
  })

  it('when it pauses ten thousand names', async () => {
    const { store, client, key } = await aCountingRig()
    const names = Array.from({ length: 10_000 }, (_, i) => `name-${i}`)
    await store.setPaused({ names, paused: true })
    expect(await client.hlen(key('control'))).toBe(10_000)
    await store.setPaused({ names, paused: false })
    expect(await client.exists(key('control'))).toBe(0)
  })

  it('when a fire cancels all that are buffered', async () => {
    const { store, advance, commandsOf } = await aCountingRig()
    const revision = await put(store)
    await advance(3_600_000)
    for (let from = 0; from < 1_001; from += 143) {
      const fires = Array.from({ length: 143 }, (_, i) => fireOf(revision, from + i, { overlap: 'bufferAll' }))
      await store.fireSchedule({ fires })
    }
    expect(await store.counts({})).toMatchObject([{ ready: 1, scheduled: 1_000 }])
    const fires = [fireOf(revision, 1_001, { overlap: 'cancelOther' })]
    expect(await commandsOf(() => store.fireSchedule({ fires }))).toBeLessThan(15_000)
    expect(await store.counts({})).toMatchObject([{ ready: 1, scheduled: 0, cancelled: 1_001 }])
  })

  it('when a schedule fires, and when there is none to', async () => {
    const { store, commandsOf } = await aCountingRig()
    const revision = await put(store)
    await store.fireSchedule({ fires: [fireOf(revision, 0)] })
    await claimAll(store)
    const fires = [fireOf(revision, 1, { overlap: 'bufferOne', turn: { pauseOnDead: 'why' } })]
    expect(await commandsOf(() => store.fireSchedule({ fires }))).toBeLessThan(30)
    await store.removeSchedule({ ids: ['nightly'] })
    await store.promote({ limit: 10 })
    expect(await commandsOf(() => store.promote({ limit: 10 }))).toBeLessThan(8)
  })
})
