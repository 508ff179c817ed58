import { startOwnTestRedis } from '@goscheds/test-redis'
import { Redis } from 'ioredis'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { type ManualRedisStore, openManualRedisStore } from '../src/testing.js'
import { aJob, aStore, claimAll, completeAll, idsOf, manyJobs, ownNamespace } from './store-rig.js'

interface Rig extends ManualRedisStore {
  readonly client: Redis
  /** A key of the namespace. */
  readonly key: (rest: string) => string
}

async function aRig(connection = inject('redisUrl')): Promise<Rig> {
  const namespace = ownNamespace()
  const client = new Redis(connection)
  const manual = await openManualRedisStore({ connection, namespace })
  onTestFinished(async () => {
    await manual.close()
    client.disconnect()
  })
  return { ...manual, client, key: (rest) => `{${namespace}}:${rest}` }
}

describe('generations', () => {
  it.each([0, 7, 88, 95, 899, 994, 999_995, 2 ** 31 - 6, 2 ** 40 - 1, 999_999_999_994])(
    'follow one another from %i on, in order and with nothing left out',
    async (used) => {
      const { store, client, key } = await aRig()
      await client.set(key('generation'), used)
      const jobs = manyJobs(12)
      await store.enqueue({ jobs })
      const expected = jobs.map((_, index) => used + index + 1)
      const stored = await store.get({ ids: idsOf(jobs) })
      expect(stored.map((job) => job?.generation)).toEqual(expected)
      const claimed = await claimAll(store)
      expect(claimed.map(({ id, fence }) => [id, fence.generation])).toEqual(
        jobs.map(({ id }, index) => [id, expected[index]]),
      )
      expect(await completeAll(store, claimed)).toBe(12)
    },
  )
})

describe('void tickets', () => {
  it('of 5,000 cancelled jobs are not counted, and are dropped a bounded number at a time', async () => {
    const { store, client, key } = await aRig()
    const cancelled = manyJobs(5_000)
    const last = aJob()
    await store.enqueue({ jobs: [...cancelled, last] })
    await store.cancel({ ids: idsOf(cancelled) })
    expect(await store.counts({})).toMatchObject([{ name: 'email', ready: 1 }])
    const first = await store.claim({ name: 'email', worker: 'worker-a', limit: 10, leaseMs: 30_000 })
    expect(first).toEqual({ jobs: [], more: true })
    expect(await client.llen(key('email:ready'))).toBeGreaterThan(3_900)
    expect(await store.counts({})).toMatchObject([{ name: 'email', ready: 1 }])
    expect(idsOf(await claimAll(store))).toEqual([last.id])
    expect(await client.hlen(key('void'))).toBe(0)
  })

  it('of jobs that were moved while ready do not run them twice', async () => {
    const { store, advance } = await aRig()
    const jobs = manyJobs(3)
    const [first = '', second = '', third = ''] = idsOf(jobs)
    await store.enqueue({ jobs })
    await store.reschedule({
      entries: [
        { id: first, delayMs: 0 },
        { id: second, delayMs: 1_000 },
      ],
    })
    await advance(1_000)
    await store.promote({ limit: 10 })
    expect(await store.counts({})).toMatchObject([{ ready: 3 }])
    expect(idsOf(await claimAll(store))).toEqual([third, first, second])
  })

  it('of a cancelled job that is kept do not hand it out', async () => {
    const { store } = await aRig()
    const job = aJob({ retention: { completedMs: 60_000, deadMs: 60_000 } })
    await store.enqueue({ jobs: [job] })
    await store.cancel({ ids: [job.id] })
    expect(await claimAll(store)).toEqual([])
    expect(await store.get({ ids: [job.id] })).toMatchObject([{ state: 'cancelled', generation: 1, claims: 0 }])
    expect(await store.remove({ ids: [job.id] })).toEqual([{ status: 'removed', state: 'cancelled' }])
    expect(await store.counts({})).toEqual([])
  })

  it('of a removed job do not come to life when its id is used again', async () => {
    const { store } = await aRig()
    const [job, between] = [aJob(), aJob()]
    await store.enqueue({ jobs: [job] })
    await store.remove({ ids: [job.id] })
    await store.enqueue({ jobs: [between, job] })
    expect(idsOf(await claimAll(store))).toEqual([between.id, job.id])
  })

  it('at the head of a queue are passed over when its oldest job is looked for', async () => {
    const { store, advance } = await aRig()
    const [old, young] = [aJob(), aJob()]
    await store.enqueue({ jobs: [old] })
    await advance(1_000)
    await store.enqueue({ jobs: [young] })
    await advance(500)
    expect(await store.counts({})).toMatchObject([{ oldestReadyMs: 1_500 }])
    await store.cancel({ ids: [old.id] })
    expect(await store.counts({})).toMatchObject([{ oldestReadyMs: 500 }])
  })
})

describe('a queue that gets back what an inbox held', () => {
  it('is listed again, though its name was forgotten meanwhile', async () => {
    const { store, client, key } = await aRig()
    const job = aJob()
    await store.enqueue({ jobs: [job] })
    await client.lmove(key('email:ready'), key('email:inbox:worker-a'), 'RIGHT', 'LEFT')
    await client.srem(key('names'), 'email')
    await client.zadd(key('inboxes'), 1, 'email\tworker-a')
    expect((await store.reap({ limit: 10, maxRecoveries: 3 })).returned).toBe(1)
    expect(await store.counts({})).toMatchObject([{ name: 'email', ready: 1 }])
    expect(idsOf(await claimAll(store))).toEqual([job.id])
  })
})

describe('a page of ready jobs', () => {
  it('goes on where the last one ended, though jobs come and go in between', async () => {
    const { store } = await aRig()
    const jobs = manyJobs(30)
    await store.enqueue({ jobs })
    const first = await store.list({ name: 'email', state: 'ready', limit: 10 })
    await store.claim({ name: 'email', worker: 'worker-a', limit: 15, leaseMs: 30_000 })
    await store.enqueue({ jobs: manyJobs(5) })
    const second = await store.list({ name: 'email', state: 'ready', limit: 10, cursor: first.cursor })
    expect(idsOf(first.jobs)).toEqual(idsOf(jobs.slice(0, 10)))
    expect(idsOf(second.jobs)).toEqual(idsOf(jobs.slice(15, 25)))
    const third = await store.list({ name: 'email', state: 'ready', limit: 100, cursor: second.cursor })
    expect(idsOf(third.jobs).slice(0, 5)).toEqual(idsOf(jobs.slice(25)))
    expect(third.jobs).toHaveLength(10)
    expect(third.cursor).toBeNull()
  })
})

describe('what cannot be read', () => {
  it('does not wedge a queue: a ticket that is none is set aside where it can be found', async () => {
    const { store, client, key } = await aRig()
    const [before, behind] = [aJob(), aJob()]
    await store.enqueue({ jobs: [before] })
    await client.lpush(key('email:ready'), 'nonsense')
    await store.enqueue({ jobs: [behind] })
    await client.zadd(key('scheduled'), 1, 'nonsense too')
    await client.zadd(key('email:active'), 1, 'and this')
    expect((await store.promote({ limit: 10 })).promoted).toBe(1)
    expect((await store.reap({ limit: 10, maxRecoveries: 3 })).reaped).toEqual([])
    expect(idsOf(await claimAll(store))).toEqual([before.id, behind.id])
    expect(await client.lrange(key('damaged'), 0, -1)).toEqual([
      'scheduled\tnonsense too',
      'email\tand this',
      'email\tnonsense',
    ])
  })

  it('can be claimed, settled as dead, shown, redriven and removed', async () => {
    const { store, damage } = await aRig()
    const job = aJob({ retention: { completedMs: 60_000, deadMs: 60_000 } })
    await store.enqueue({ jobs: [job] })
    await damage(job.id)
    expect(await store.get({ ids: [job.id] })).toMatchObject([{ id: job.id, state: 'ready', payload: 'damaged' }])
    const [lease] = await claimAll(store)
    expect(lease).toMatchObject({ id: job.id, name: 'email', payload: 'damaged', damage: expect.any(String) as string })
    if (lease === undefined) return
    const settlement = { type: 'dead', reason: 'undecodable', error: 'broken', retentionMs: 60_000 } as const
    await store.settle({ entries: [{ lease, settlement }] })
    expect(await store.get({ ids: [job.id] })).toMatchObject([
      { name: 'email', state: 'dead', deadReason: 'undecodable', payload: 'damaged', attempts: 0 },
    ])
    expect(idsOf((await store.list({ name: 'email', state: 'dead', limit: 10 })).jobs)).toEqual([job.id])
    expect(await store.redrive({ ids: [job.id] })).toEqual([{ status: 'redriven' }])
    expect(await store.remove({ ids: [job.id] })).toEqual([{ status: 'removed', state: 'ready' }])
    expect(await claimAll(store)).toEqual([])
  })

  it('can be cancelled and removed while it waits', async () => {
    const { store, damage } = await aRig()
    const jobs = manyJobs(3)
    const [cancelled = '', removed = '', moved = ''] = idsOf(jobs)
    await store.enqueue({ jobs })
    for (const id of idsOf(jobs)) await damage(id)
    expect(await store.cancel({ ids: [cancelled] })).toEqual([{ status: 'cancelled' }])
    expect(await store.remove({ ids: [removed] })).toEqual([{ status: 'removed', state: 'ready' }])
    expect(await store.reschedule({ entries: [{ id: moved, delayMs: 0 }] })).toEqual([{ status: 'not-found' }])
    expect(idsOf(await claimAll(store))).toEqual([moved])
  })

  it('stays under its lease while it is active, so that its id cannot be taken over (G4)', async () => {
    const { store, damage } = await aRig()
    const job = aJob()
    await store.enqueue({ jobs: [job] })
    const [lease] = await claimAll(store)
    await damage(job.id)
    expect(await store.get({ ids: [job.id] })).toMatchObject([{ state: 'active' }])
    expect(await store.remove({ ids: [job.id] })).toEqual([{ status: 'active' }])
    expect(await store.reschedule({ entries: [{ id: job.id, delayMs: 0 }] })).toEqual([{ status: 'active' }])
    expect(await store.enqueue({ jobs: [job] })).toEqual([{ status: 'duplicate', id: job.id }])
    expect(await store.cancel({ ids: [job.id] })).toEqual([{ status: 'requested' }])
    if (lease === undefined) throw new Error('nothing to claim')
    expect(await store.extend({ leases: [lease], leaseMs: 1_000 })).toEqual(['cancel-requested'])
    expect(await completeAll(store, [lease])).toBe(1)
    expect(await store.enqueue({ jobs: [job] })).toEqual([{ status: 'added', id: job.id }])
  })

  it('of a run record finds the lease of its job all the same (G4)', async () => {
    const { store, client, key } = await aRig()
    const job = aJob()
    await store.enqueue({ jobs: [job] })
    const [first] = await claimAll(store)
    if (first === undefined) throw new Error('nothing to claim')
    await store.settle({ entries: [{ lease: first, settlement: { type: 'retry', delayMs: 0, error: 'no' } }] })
    await client.hset(key('runs'), job.id, 'damaged')
    const [second] = await claimAll(store)
    expect(second?.damage).toBeDefined()
    expect(await store.remove({ ids: [job.id] })).toEqual([{ status: 'active' }])
  })

  it('of a run that a later release wrote is left as it is, and its job to newer workers (G19)', async () => {
    const { store, client, key } = await aRig()
    const job = aJob()
    await store.enqueue({ jobs: [job] })
    const [first] = await claimAll(store)
    if (first === undefined) throw new Error('nothing to claim')
    await store.settle({ entries: [{ lease: first, settlement: { type: 'retry', delayMs: 0, error: 'no' } }] })
    await client.hset(key('runs'), job.id, '2\tall new')
    const [second] = await claimAll(store)
    expect(second).toMatchObject({ unsupported: 'a record of version 2', fence: { claim: 2 } })
    if (second === undefined) return
    await store.settle({ entries: [{ lease: second, settlement: { type: 'released', delayMs: 0 } }] })
    expect(await client.hget(key('runs'), job.id)).toBe('2\tall new')
    expect(await claimAll(store)).toMatchObject([{ fence: { claim: 3 } }])
  })

  it('because a later release wrote it is never changed (G19)', async () => {
    const { store, client, key, advance } = await aRig()
    const jobs = manyJobs(2)
    const [run = '', left = ''] = idsOf(jobs)
    await store.enqueue({ jobs })
    for (const id of idsOf(jobs)) await client.hset(key('jobs'), id, `2\tsomething\tnew of ${id}`)
    expect(await store.cancel({ ids: [left] })).toEqual([{ status: 'not-found' }])
    expect(await store.remove({ ids: [left] })).toEqual([{ status: 'not-found' }])
    const claimed = await claimAll(store)
    expect(claimed[0]).toMatchObject({ unsupported: 'a record of version 2' })
    await store.settle({
      entries: claimed.map((lease) => ({ lease, settlement: { type: 'released', delayMs: 60_000 } })),
    })
    await advance(60_000)
    expect(await store.promote({ limit: 10 })).toMatchObject({ promoted: 2 })
    claimed.splice(0, 2, ...(await claimAll(store)))
    expect(claimed.map(({ fence }) => fence.claim)).toEqual([2, 2])
    await store.settle({
      entries: claimed.map((lease) => ({
        lease,
        settlement: { type: 'dead', reason: 'undecodable', error: 'newer', retentionMs: 0 },
      })),
    })
    await advance(100 * 86_400_000)
    await store.prune({ limit: 100, maxDeadPerName: 100 })
    expect(await client.hget(key('jobs'), run)).toBe(`2\tsomething\tnew of ${run}`)
    expect(await client.hget(key('jobs'), left)).toBe(`2\tsomething\tnew of ${left}`)
  })

  it('of a run record keeps the fields that a later release has added (G19)', async () => {
    const { store, client, key } = await aRig()
    const job = aJob()
    await store.enqueue({ jobs: [job] })
    for (let turn = 0; turn < 2; turn++) {
      const [lease] = await claimAll(store)
      if (lease === undefined) throw new Error('nothing to claim')
      await store.settle({ entries: [{ lease, settlement: { type: 'retry', delayMs: 0, error: 'no' } }] })
      if (turn === 0) await client.hset(key('runs'), job.id, `${await client.hget(key('runs'), job.id)}\tlater`)
    }
    expect(await client.hget(key('runs'), job.id)).toBe('1\t2\t2\t0\t\t\t\tlater')
    expect(await claimAll(store)).toMatchObject([{ attempts: 2 }])
  })
})

describe('the scripts', () => {
  it('never search a list', async () => {
    const server = await startOwnTestRedis()
    onTestFinished(() => server.stop())
    const client = new Redis(server.url)
    onTestFinished(() => client.disconnect())
    const store = aStore({ connection: server.url, namespace: ownNamespace() })
    const jobs = manyJobs(20, { retention: { completedMs: 1_000, deadMs: 1_000 } })
    const [a = '', b = '', c = ''] = idsOf(jobs)
    await store.enqueue({ jobs })
    await store.cancel({ ids: [a] })
    await store.remove({ ids: [b] })
    await store.reschedule({ entries: [{ id: c, delayMs: 0 }] })
    await store.list({ name: 'email', state: 'ready', limit: 10 })
    const unique = { key: 'ada', until: 'finished', onConflict: 'runAgain' } as const
    const asking = [aJob({ unique, priority: 5 }), aJob({ priority: -5 }), aJob({ expiresAt: 1, delayMs: 1_000 })]
    await store.enqueue({ jobs: asking })
    await store.reschedule({ entries: [{ id: asking[1]?.id ?? '', delayMs: 0 }] })
    const leases = await claimAll(store)
    await store.enqueue({ jobs: [aJob({ unique })] })
    await store.report({ entries: leases.map((lease) => ({ lease, lines: ['a line'] })) })
    await store.setPaused({ paused: true })
    await store.get({ ids: idsOf(leases) })
    await completeAll(store, leases)
    await store.reap({ limit: 10, maxRecoveries: 3 })
    await store.prune({ limit: 10, maxDeadPerName: 10 })
    await store.leave({ worker: 'worker-a' })
    const used = [...(await client.info('commandstats')).matchAll(/^cmdstat_(\w+):/gm)].map(([, command]) => command)
    expect(used).toContain('lrange')
    for (const command of ['lrem', 'lpos', 'linsert', 'keys', 'scan', 'hscan', 'hgetall', 'sort']) {
      expect(used).not.toContain(command)
    }
  })

  it('leave nothing in Redis of jobs that have completed', async () => {
    const { store, client, key } = await aRig()
    await store.enqueue({ jobs: manyJobs(10) })
    const claimed = await claimAll(store)
    await store.settle({
      entries: claimed.map((lease) => ({ lease, settlement: { type: 'retry', delayMs: 0, error: 'no' } })),
    })
    expect(await completeAll(store, await claimAll(store))).toBe(10)
    await store.prune({ limit: 10, maxDeadPerName: 10 })
    const left = (await client.keys('*')).filter((name) => name.startsWith(key('')))
    expect(left.sort()).toEqual([key('clock'), key('generation')])
  })
})
