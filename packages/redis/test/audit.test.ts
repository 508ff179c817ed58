import { type AuditPage, Inspector, type Store, systemRuntime } from '@goscheds/core'
import { startOwnTestRedis } from '@goscheds/test-redis'
import { Redis } from 'ioredis'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { aRig, type Damage, damaged, forgotten, pushed, removed, ticketOf } from './audit-rig.js'
import { aJob, aStore, claimAll, completeAll, idsOf, manyJobs, ownNamespace, until, wait } from './store-rig.js'

/** One job in each state and named after it, all of the name `email`; `retried` is ready and has run once. */
async function oneInEachState(store: Store): Promise<void> {
  const retention = { completedMs: 1e9, deadMs: 1e9 }
  const ids = ['completed', 'dead', 'retried', 'cancelled', 'active']
  await store.enqueue({ jobs: ids.map((id) => aJob({ id, retention })) })
  const { jobs } = await store.claim({ name: 'email', worker: 'w', limit: 5, leaseMs: 1e6 })
  const ends = [
    { type: 'completed', retentionMs: 1e9, result: 'done' },
    { type: 'dead', reason: 'attempts', error: 'no', retentionMs: 1e9 },
    { type: 'retry', delayMs: 0, error: 'no' },
    { type: 'cancelled', retentionMs: 1e9 },
  ] as const
  const entries = ends.flatMap((settlement, n) => (jobs[n] === undefined ? [] : [{ lease: jobs[n], settlement }]))
  await store.settle({ entries })
  await store.enqueue({
    jobs: [aJob({ id: 'scheduled', delayMs: 1e6, retention }), aJob({ id: 'ready', retention })],
  })
}

const damages: readonly [string, Damage, readonly string[]][] = [
  ['a ready job that is not in its queue', removed('email:ready', 'ready'), ['lost-job ready']],
  ['a retried job that is not in its queue', removed('email:ready', 'retried'), ['lost-job retried']],
  [
    'a scheduled job that is not in the set',
    removed('scheduled', 'scheduled'),
    ['lost-job scheduled', 'wrong-count email'],
  ],
  ['an active job without a lease', removed('email:active', 'active'), ['lost-job active']],
  ['a completed job that is in no set', removed('email:completed', 'completed'), ['lost-job completed']],
  ['a dead job that is in no set', removed('email:dead', 'dead'), ['lost-job dead']],
  ['a cancelled job that is in no set', removed('email:cancelled', 'cancelled'), ['lost-job cancelled']],

  ['a ticket in the scheduled set without its job', forgotten('scheduled'), ['orphan scheduled']],
  ['a ticket in a queue without its job', forgotten('ready'), ['orphan email']],
  ['a lease without its job', forgotten('active'), ['lease-without-job active']],
  [
    'a member of completed without its job',
    forgotten('completed'),
    ['leftover completed', 'leftover completed', 'orphan completed'],
  ],
  [
    'a member of dead without its job',
    forgotten('dead'),
    ['leftover dead', 'leftover dead', 'leftover dead', 'orphan dead'],
  ],
  ['a member of cancelled without its job', forgotten('cancelled'), ['leftover cancelled', 'orphan cancelled']],
  [
    'a ticket of an earlier life in the scheduled set',
    async ({ client, key }) => {
      await client.zadd(key('scheduled'), 1, 'a9\t0\tready\temail')
      await client.hincrby(key('scheduled-counts'), 'email', 1)
    },
    ['orphan ready'],
  ],
  [
    'a lease of an earlier life',
    ({ client, key }) => client.zadd(key('email:active'), 1e15, 'a9\t1\tready\temail'),
    ['lease-without-job ready'],
  ],

  ['a ready job that is in its queue twice', pushed('email:ready', 'ready'), ['two-places ready']],
  ['a dead job that is in a queue, too', pushed('email:ready', 'dead'), ['two-places dead']],
  ['an active job that is in a queue, too', pushed('email:ready', 'active'), ['two-places active']],
  [
    'a dead job that is under a lease, too',
    async ({ store, client, key }) => client.zadd(key('email:active'), 1e15, await ticketOf(store, 'dead')),
    ['two-places dead'],
  ],
  [
    'an active job under two leases',
    async ({ store, client, key }) => {
      const ticket = (await ticketOf(store, 'active')).replace('\t1\t', '\t2\t')
      await client.zadd(key('email:active'), 1e15, ticket)
    },
    ['two-places active'],
  ],
  [
    'a ready job that is among the dead, too',
    async ({ store, client, key }) => {
      const [stamp = ''] = (await ticketOf(store, 'ready')).split('\t')
      await client.zadd(key('email:dead'), 1e15, `${stamp}\tready`)
    },
    ['two-places ready'],
  ],

  ['a name that is not listed', ({ client, key }) => client.srem(key('names'), 'email'), ['unlisted-name email']],
  [
    'a counter of scheduled jobs that is too high',
    ({ client, key }) => client.hincrby(key('scheduled-counts'), 'email', 2),
    ['wrong-count email'],
  ],
  [
    'a counter of scheduled jobs that is lost',
    ({ client, key }) => client.del(key('scheduled-counts')),
    ['wrong-count email'],
  ],
  [
    'a counter of scheduled jobs of a name that has none',
    ({ client, key }) => client.hset(key('scheduled-counts'), 'sms', 3),
    ['wrong-count sms'],
  ],
  [
    'a counter of void tickets that is too high',
    ({ client, key }) => client.hset(key('void'), 'email', 1),
    ['wrong-count email'],
  ],

  ['a record that cannot be read', damaged('jobs', 'ready'), ['unreadable ready']],
  ['a run record that cannot be read', damaged('runs', 'retried'), ['unreadable retried']],
  [
    'what is no ticket in a queue',
    ({ client, key }) => client.lpush(key('email:ready'), 'nonsense'),
    ['unreadable email'],
  ],
  [
    'what is no ticket in the scheduled set',
    ({ client, key }) => client.zadd(key('scheduled'), 1, 'nonsense'),
    ['unreadable'],
  ],
  [
    'what is no ticket in an active set',
    ({ client, key }) => client.zadd(key('email:active'), 1, 'nonsense'),
    ['unreadable email'],
  ],
  [
    'a ticket of another name in a queue',
    ({ client, key }) => client.lpush(key('email:ready'), 'a9\t0\tother\tsms'),
    ['orphan email', 'unreadable email'],
  ],
  [
    'what was set aside',
    ({ client, key }) => client.rpush(key('damaged'), 'email\tnonsense', 'scheduled\tnonsense'),
    ['unreadable', 'unreadable'],
  ],

  ['a run record of no job', damaged('runs', 'ghost'), ['leftover ghost']],
  ['an error of no job', damaged('errors', 'ghost'), ['leftover ghost']],
  ['a result of no job', damaged('results', 'ghost'), ['leftover ghost']],
  ['a cancel request of no job', damaged('cancels', 'ghost'), ['leftover ghost']],
  ['a cancel request of a job that is not active', damaged('cancels', 'ready'), ['leftover ready']],
  ['a cancel request of an earlier life', damaged('cancels', 'active'), ['leftover active']],
]

describe('the audit of a Redis store', () => {
  it.each(damages)('finds %s, and nothing else', async (_what, damage, expected) => {
    const rig = await aRig()
    await oneInEachState(rig.store)
    expect(await rig.found()).toEqual([])
    await damage(rig)
    expect(await rig.found()).toEqual(expected)
  })

  it('takes a record that a later release wrote for no damage', async () => {
    const { store, client, key, found } = await aRig()
    await oneInEachState(store)
    for (const id of ['scheduled', 'ready', 'active', 'dead']) await client.hset(key('jobs'), id, '2\tall new')
    await client.hset(key('runs'), 'retried', '2\tall new')
    expect(await found()).toEqual([])
  })

  it('takes void tickets for no damage while they are accounted for', async () => {
    const { store, client, key, found } = await aRig()
    const jobs = manyJobs(30, { retention: { completedMs: 1e9, deadMs: 1e9 } })
    await store.enqueue({ jobs })
    const ids = idsOf(jobs)
    await store.cancel({ ids: ids.slice(0, 10) })
    await store.remove({ ids: ids.slice(10, 20) })
    await store.reschedule({ entries: ids.slice(20, 25).map((id) => ({ id, delayMs: 0 })) })
    await store.enqueue({ jobs: jobs.slice(10, 12) })
    expect(await found()).toEqual([])
    await client.hincrby(key('void'), 'email', -1)
    expect(await found()).toEqual(['orphan email'])
  })

  it('takes a job in the inbox of a worker for no damage, unless it is in the queue, too', async () => {
    const { store, client, key, found } = await aRig()
    const waiting = wait(store)
    const job = aJob()
    await until('the worker waits', async () => (await client.zcard(key('inboxes'))) === 1)
    await store.enqueue({ jobs: [job] })
    await waiting.returned
    expect(await client.llen(key('email:inbox:worker-a'))).toBe(1)
    expect(await found()).toEqual([])
    const ticket = await ticketOf(store, job.id)
    await client.lpush(key('email:ready'), ticket)
    expect(await found()).toEqual([`two-places ${job.id}`])
    await client.lrem(key('email:ready'), 1, ticket)
    await client.zrem(key('inboxes'), 'email\tworker-a')
    expect(await found()).toEqual([`lost-job ${job.id}`])
  })

  it('counts what is too large to be counted in one look by its sum', async () => {
    const { store, client, key, found } = await aRig()
    await store.enqueue({ jobs: manyJobs(1_500, { delayMs: 1e6 }) })
    await store.enqueue({ jobs: manyJobs(1_500, { name: 'sms' }) })
    expect(await found(500)).toEqual([])
    await client.hincrby(key('scheduled-counts'), 'email', 1)
    await client.hset(key('void'), 'sms', 1_501)
    expect(await found(500)).toEqual(['wrong-count', 'wrong-count sms'])
    await client.hset(key('void'), 'sms', -1)
    await client.hincrby(key('scheduled-counts'), 'email', -1)
    expect(await found(500)).toEqual(['wrong-count sms'])
  })

  it('finds what is lost and what is doubled in a queue longer than it searches', { timeout: 30_000 }, async () => {
    const { store, client, key, found } = await aRig()
    const jobs = manyJobs(15_000)
    await store.enqueue({ jobs })
    const [first = '', second = ''] = idsOf(jobs)
    await client.lpush(key('email:ready'), await ticketOf(store, first))
    await client.lrem(key('email:ready'), -1, await ticketOf(store, second))
    expect(await found(1_000)).toEqual([`lost-job ${second}`, `two-places ${first}`])
  })

  it('passes each ticket of a queue once, though more are pushed than a look takes', async () => {
    const { store } = await aRig()
    const jobs = manyJobs(100)
    await store.enqueue({ jobs })
    const seen: string[] = []
    let [pages, largest] = [0, 0]
    let cursor: string | null = null
    do {
      const page: AuditPage = await store.audit({ limit: 10, cursor })
      seen.push(...page.seen)
      largest = Math.max(largest, page.seen.length)
      // The walk is in the queue when it sees; only then do places shift under it.
      if (page.seen.length > 0 && pages++ < 20) await store.enqueue({ jobs: manyJobs(15) })
      cursor = page.cursor
    } while (cursor !== null)
    expect(new Set(seen).size).toBe(seen.length)
    const ids = seen.map((key) => key.split('\t')[4])
    expect(idsOf(jobs).filter((id) => !ids.includes(id))).toEqual([])
    // One of the ten is the queue itself.
    expect(largest).toBe(9)
  })

  it('says what a counter says, and what there is', async () => {
    const { store, client, key } = await aRig()
    await store.enqueue({ jobs: [...manyJobs(3, { delayMs: 1e6 }), ...manyJobs(2)] })
    await client.hincrby(key('scheduled-counts'), 'email', 4)
    await client.hset(key('void'), 'email', 5)
    await client.lpush(key('sms:ready'), 'a8\t0\tgone\tsms')
    await client.sadd(key('names'), 'sms')
    await client.rpush(key('damaged'), 'email\tnonsense')
    const { findings } = await new Inspector({ store }).verify()
    expect(findings.map(({ message }) => message).sort()).toEqual([
      '1 tickets of its queue have no job, 0 are accounted for',
      'scheduled-count says 7, there are 3',
      'set aside: email\tnonsense',
      'void says 5, there are 0',
    ])
  })

  it('reads, and never writes', async () => {
    const server = await startOwnTestRedis()
    onTestFinished(() => server.stop())
    const { store, client, key, found } = await aRig(server.url)
    await oneInEachState(store)
    await client.hdel(key('jobs'), 'ready')
    await client.config('RESETSTAT')
    expect(await found()).toEqual(['orphan email'])
    const used = [...(await client.info('commandstats')).matchAll(/^cmdstat_(\w+)[:|]/gm)].map(([, command]) => command)
    const reading = 'eval evalsha exists hexists hget hgetall hlen hmget hscan hstrlen info llen lrange'.split(' ')
    reading.push('sismember', 'smembers', 'zcard', 'zrange', 'zscan', 'zscore', 'config', 'command')
    expect(used.filter((command) => !reading.includes(command ?? ''))).toEqual([])
    expect(used).toContain('hscan')
  })

  it('refuses a cursor of another list', async () => {
    const { store } = await aRig()
    await expect(store.audit({ limit: 1, cursor: '7' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('reports none of 20,000 jobs that workers claim, retry, wait for and give back', { timeout: 60_000 }, async () => {
    const namespace = ownNamespace()
    const store = aStore({ connection: inject('redisUrl'), namespace })
    const busy = aStore({ connection: inject('redisUrl'), namespace })
    for (let batch = 0; batch < 20; batch++) await store.enqueue({ jobs: manyJobs(1_000) })
    let isOver = false
    let moves = 0
    const works = async (worker: string): Promise<void> => {
      while (!isOver) {
        const { jobs } = await busy.claim({ name: 'email', worker, limit: 20, leaseMs: 30_000 })
        const entries = jobs.map((lease, n) => {
          const settlements = [
            { type: 'retry', delayMs: n % 2 === 0 ? 0 : 1, error: 'no' },
            { type: 'released', delayMs: 0 },
            { type: 'completed', retentionMs: n % 2 === 0 ? 0 : 60_000 },
            { type: 'dead', reason: 'attempts', error: 'no', retentionMs: 60_000 },
          ] as const
          return { lease, settlement: settlements[n % 4] ?? settlements[1] }
        })
        await busy.settle({ entries })
        await busy.redrive({ ids: idsOf(jobs.slice(-1)) })
        await busy.cancel({ ids: idsOf(jobs.slice(0, 2)) })
        await busy.promote({ limit: 100 })
        // What a worker pops and gives back without having claimed it.
        const waiting = wait(busy, worker)
        await waiting.returned
        await busy.leave({ worker })
        await busy.enqueue({ jobs: manyJobs(5) })
        moves += jobs.length
      }
    }
    const workers = ['worker-a', 'worker-b'].map(works)
    const inspector = new Inspector({ store })
    for (let audits = 0; audits < 3; audits++) {
      const report = await inspector.verify({ limit: 300 })
      expect(report).toMatchObject({ findings: [], complete: true })
      expect(report.looked).toBeGreaterThan(20_000)
    }
    isOver = true
    await Promise.all(workers)
    expect(moves).toBeGreaterThan(500)
    expect(await inspector.verify()).toMatchObject({ findings: [], complete: true })
  })

  it('works behind a key prefix', async () => {
    const client = new Redis(inject('redisUrl'), { keyPrefix: 'app:' })
    onTestFinished(() => client.disconnect())
    const namespace = ownNamespace()
    const store = aStore({ connection: client, namespace })
    const job = aJob()
    await store.enqueue({ jobs: [job, aJob()] })
    const inspector = new Inspector({ store, runtime: systemRuntime })
    expect(await inspector.verify()).toMatchObject({ findings: [] })
    await client.lrem(`{${namespace}}:email:ready`, 1, await ticketOf(store, job.id))
    expect((await inspector.verify()).findings).toMatchObject([{ kind: 'lost-job', id: job.id, name: 'email' }])
    expect(await completeAll(store, await claimAll(store))).toBe(1)
  })
})
