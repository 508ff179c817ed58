import assert from 'node:assert/strict'
import {
  claim,
  gone,
  HOUR,
  idsOf,
  kept,
  keysLeft,
  popped,
  push,
  type ScriptCase,
  scriptCase,
  scoresOf,
  settleAll,
} from './script-case.js'

const retryNow = { type: 'retry', delayMs: 0, error: 'no' } as const
const dead = { type: 'dead', reason: 'attempts', error: 'no', retentionMs: HOUR } as const
const withoutTrace = { type: 'completed', retentionMs: 0 } as const

/** That nothing is left behind, and that names are forgotten when they have no job left, and not before. */
export const upkeepCases: readonly ScriptCase[] = [
  scriptCase('upkeep/no-trace', 'no field is left of a job that is gone, however it went', async (context) => {
    const { store } = context
    const ids = ['completed', 'cancelled', 'dead', 'removed-result', 'removed-error']
    await push(store, ...ids.map((id) => gone(id)))
    await settleAll(store, await claim(store), retryNow)
    const [first, second, third, fourth, fifth] = await claim(store)
    assert.ok(first && second && third && fourth && fifth)
    await store.cancel({ ids: ['cancelled', 'completed'] })
    await settleAll(store, [first], withoutTrace)
    await settleAll(store, [second], { type: 'cancelled', retentionMs: 0 })
    await settleAll(store, [third], { ...dead, retentionMs: 0 })
    await settleAll(store, [fourth], { type: 'completed', retentionMs: HOUR, result: 'r' })
    await settleAll(store, [fifth], dead)
    await store.remove({ ids })
    assert.deepEqual(await keysLeft(context), ['generation', 'names', 'pushed'])
    await store.prune({ limit: 10, maxDeadPerName: 10 })
    assert.deepEqual(await keysLeft(context), ['generation'])
  }),

  scriptCase('upkeep/reaped-request', 'a cancel that was asked for is forgotten with the lease', async (context) => {
    const { store, advance } = context
    await push(store, gone('a'), gone('b'))
    await claim(store)
    await store.cancel({ ids: ['a', 'b'] })
    await advance(HOUR)
    await store.reap({ limit: 10, maxRecoveries: 3 })
    assert.deepEqual(await keysLeft(context), ['generation', 'names', 'pushed'])
  }),

  scriptCase('upkeep/names', 'a name is kept while it has a job in any place, and forgotten then', async (context) => {
    const { store, client, key } = context
    const places = ['active', 'cancelled', 'completed', 'dead', 'inbox', 'inbox-2', 'ready', 'scheduled', 'scheduled-2']
    const at = (name: string): string => `of-${name}`
    for (const name of [...places, 'none-1', 'none-2', 'none-3']) {
      await push(store, kept(at(name), { name, ...(name.startsWith('scheduled') && { delayMs: 1_000 }) }))
    }
    await push(store, kept('another', { name: 'scheduled-2', delayMs: 1_000 }))
    await store.remove({ ids: ['of-none-1', 'of-none-2', 'of-none-3'] })
    await store.cancel({ ids: ['of-cancelled'] })
    for (const name of ['active', 'completed', 'dead', 'cancelled', 'none-1', 'none-2', 'none-3']) {
      const leases = await claim(store, 10, 'worker-a', name)
      if (name === 'completed') await settleAll(store, leases, { type: 'completed', retentionMs: HOUR })
      if (name === 'dead') await settleAll(store, leases, dead)
    }
    for (const name of ['inbox', 'inbox-2']) {
      await client.lmove(key(`${name}:ready`), key(`${name}:inbox:worker-a`), 'RIGHT', 'LEFT')
    }
    await client.zadd(key('inboxes'), 1, 'inbox\tworker-a', 2, 'inbox-2\tworker-a')
    await client.hset(key('void'), 'none-1', 1)
    await client.hset(key('scheduled-counts'), 'none-2', 0)
    assert.deepEqual(await store.prune({ limit: 100, maxDeadPerName: 10 }), { pruned: 0 })
    assert.deepEqual((await client.smembers(key('names'))).sort(), places)
    assert.deepEqual(
      (await client.hkeys(key('pushed'))).sort(),
      places.filter((name) => !name.startsWith('sched')),
    )
    assert.deepEqual((await client.hkeys(key('scheduled-counts'))).sort(), ['scheduled', 'scheduled-2'])
    assert.equal(await client.exists(key('void')), 0)
  }),

  scriptCase('upkeep/ordered-name', 'a name is kept while it has a job of a priority only', async (context) => {
    const { store, client, key } = context
    await push(store, kept('a', { priority: 1 }))
    await client.del(key('email:ready'), key('void'))
    await store.prune({ limit: 10, maxDeadPerName: 10 })
    assert.deepEqual(await client.smembers(key('names')), ['email'])
    await store.remove({ ids: ['a'] })
    await store.prune({ limit: 10, maxDeadPerName: 10 })
    assert.deepEqual(await keysLeft(context), ['generation'])
  }),

  scriptCase('upkeep/void', 'void tickets are counted one by one, until the last is dropped', async (context) => {
    const { store, client, key } = context
    await push(store, ...['a', 'b', 'c', 'd', 'e'].map((id) => gone(id)))
    await store.cancel({ ids: ['a', 'd'] })
    assert.deepEqual(idsOf(await claim(store, 1)), ['b'])
    assert.deepEqual(await client.hgetall(key('void')), { email: '1' })
    assert.deepEqual(idsOf(await claim(store, 1)), ['c'])
    assert.deepEqual(await client.hgetall(key('void')), { email: '1' })
    assert.deepEqual(idsOf(await claim(store, 1)), ['e'])
    assert.equal(await client.exists(key('void')), 0)
    assert.deepEqual(await client.hgetall(key('pushed')), { email: '5' })
  }),

  scriptCase(
    'upkeep/bounded',
    'a claim drops at most so many void tickets, and says that there is more',
    async (context) => {
      const { store, client, key } = context
      const junk = Array.from({ length: 2_500 }, (_, i) => `junk-${i}`)
      await client.rpush(key('email:ready'), ...junk)
      const first = await store.claim({ name: 'email', worker: 'worker-a', limit: 7, leaseMs: 1_000 })
      assert.deepEqual([first.more, await client.llen(key('email:ready'))], [true, 2_500 - 1_007])
      await client.del(key('email:ready'))
      await client.rpush(key('email:inbox:worker-a'), ...junk)
      const second = await store.claim({ name: 'email', worker: 'worker-a', limit: 7, leaseMs: 1_000 })
      assert.deepEqual([second.more, await client.llen(key('email:inbox:worker-a'))], [true, 2_500 - 1_007])
      await client.del(key('email:inbox:worker-a'))
      await push(store, gone('a'), gone('b'))
      const full = await store.claim({ name: 'email', worker: 'worker-a', limit: 1, leaseMs: 1_000 })
      assert.deepEqual([idsOf(full.jobs), full.more], [['a'], false])
    },
  ),

  scriptCase('upkeep/zero', 'an id or a result that reads 0 is one like any other', async (context) => {
    const { store } = context
    await push(store, gone('0'), kept('1'))
    await settleAll(store, await claim(store), retryNow)
    const [zero, one] = await claim(store)
    assert.ok(zero && one)
    assert.deepEqual([zero.attempts, one.attempts], [1, 1])
    await store.settle({
      entries: [
        { lease: zero, settlement: withoutTrace },
        { lease: one, settlement: { type: 'completed', retentionMs: HOUR, result: '0' } },
      ],
    })
    assert.equal((await store.get({ ids: ['1'] }))[0]?.attempts, 1)
  }),

  scriptCase(
    'upkeep/many',
    'a push of more jobs than one command takes says of each what became of it',
    async (context) => {
      const { store, client, key, now } = context
      const at = (await now()) + HOUR
      const jobs = Array.from({ length: 2_100 }, (_, n) =>
        gone(`job-${n}`, n % 700 < 350 ? {} : n < 1_400 ? { executeAt: at } : { name: 'sms' }),
      )
      const added = await store.enqueue({ jobs: jobs.slice(0, 1_050) })
      assert.deepEqual(new Set(added.map(({ status }) => status)), new Set(['added']))
      // One that is held, and one that is there twice.
      const outcomes = await store.enqueue({
        jobs: [...jobs.slice(1_050), ...jobs.slice(1_049, 1_050), ...jobs.slice(-1)],
      })
      assert.deepEqual(
        outcomes.flatMap(({ status, id }, index) => (status === 'duplicate' ? [[index, id]] : [])),
        [
          [1_050, 'job-1049'],
          [1_051, 'job-2099'],
        ],
      )
      assert.equal(await client.hlen(key('jobs')), 2_100)
      const queued = await client.lrange(key('email:ready'), 0, -1)
      assert.deepEqual(
        queued.map((ticket) => ticket.split('\t')[2]).reverse(),
        jobs.flatMap(({ id, name, executeAt }) => (name === 'email' && executeAt === undefined ? [id] : [])),
      )
      assert.equal(await client.zcard(key('scheduled')), 700)
      assert.deepEqual(await client.hgetall(key('scheduled-counts')), { email: '700' })
      assert.deepEqual(await client.hgetall(key('pushed')), { email: '1050', sms: '350' })
    },
  ),

  scriptCase('upkeep/nothing', 'a push of no jobs writes nothing', async (context) => {
    assert.deepEqual(await context.store.enqueue({ jobs: [] }), [])
    assert.deepEqual(await keysLeft(context), [])
  }),

  scriptCase('upkeep/refused', 'a push of which nothing is new writes nothing', async (context) => {
    const { store, client, key } = context
    await push(store, gone('a'))
    await push(store, gone('a'), gone('a', { name: 'sms' }))
    assert.equal(await client.get(key('generation')), '1')
    assert.deepEqual(await client.smembers(key('names')), ['email'])
  }),

  scriptCase('upkeep/one-millisecond', 'a retention of a millisecond is one', async (context) => {
    const { store } = context
    await push(store, gone('a'))
    await settleAll(store, await claim(store), { type: 'completed', retentionMs: 1 })
    assert.equal((await store.get({ ids: ['a'] }))[0]?.state, 'completed')
  }),

  scriptCase('upkeep/limits', 'pruning and reaping stop at their limits, across names and states', async (context) => {
    const { store, advance, client, key } = context
    const names = ['email', 'sms']
    for (const name of names) {
      await push(store, ...['1', '2', '3', '4'].map((id) => kept(`${name}-${id}`, { name })))
      const [first, second, ...leased] = await claim(store, 4, 'worker-a', name)
      assert.ok(first && second)
      await settleAll(store, [first], dead)
      await settleAll(store, [second], { type: 'completed', retentionMs: HOUR })
      assert.equal(leased.length, 2)
    }
    for (const worker of ['worker-a', 'worker-b', 'worker-c']) {
      await store.heartbeat({ report: { worker, lanes: [] }, ttlMs: HOUR })
    }
    await store.heartbeat({ report: { worker: 'worker-d', lanes: [] }, ttlMs: 2 * HOUR })
    await advance(HOUR)
    for (const expected of [1, 1, 1, 1, 0]) {
      assert.equal((await store.reap({ limit: 1, maxRecoveries: 3 })).reaped.length, expected)
    }
    for (let turn = 0; turn < 4; turn++) {
      assert.deepEqual(await store.prune({ limit: 1, maxDeadPerName: 10 }), { pruned: 1 })
    }
    assert.equal(await client.zcard(key('workers')), 4)
    assert.deepEqual(await store.prune({ limit: 1, maxDeadPerName: 10 }), { pruned: 1 })
    assert.deepEqual(await client.zrange(key('workers'), '0', '-1'), ['worker-b', 'worker-c', 'worker-d'])
    assert.deepEqual((await client.hkeys(key('worker-reports'))).sort(), ['worker-b', 'worker-c', 'worker-d'])
    assert.deepEqual(await store.prune({ limit: 5, maxDeadPerName: 10 }), { pruned: 2 })
    assert.deepEqual(Object.keys(await scoresOf(context, 'workers')), ['worker-d'])
    assert.deepEqual(await client.hkeys(key('worker-reports')), ['worker-d'])
  }),

  scriptCase('upkeep/one-limit', 'a limit is for both states of one name together', async (context) => {
    const { store, advance } = context
    await push(store, ...['a', 'b', 'c', 'd'].map((id) => kept(id)))
    const leases = await claim(store)
    await settleAll(store, leases.slice(0, 2), { type: 'completed', retentionMs: HOUR })
    await settleAll(store, leases.slice(2), dead)
    await advance(HOUR)
    assert.deepEqual(await store.prune({ limit: 3, maxDeadPerName: 10 }), { pruned: 3 })
    await popped(context, 'worker-a', 0)
    assert.deepEqual(await store.prune({ limit: 3, maxDeadPerName: 10 }), { pruned: 1 })
  }),
]
