import assert from 'node:assert/strict'
import type { JobGroup, NewJob, Store } from '@goscheds/core'
import {
  claim,
  gone,
  idsOf,
  keysLeft,
  kept,
  LEASE_MS,
  popped,
  push,
  type ScriptCase,
  type ScriptCaseContext,
  scoresOf,
  scriptCase,
  settleAll,
} from './script-case.js'

const completed = { type: 'completed', retentionMs: 0 } as const
const HOUR = 3_600_000

/** A job of a group that leaves no trace. */
export function grouped(id: string, key: string, more: Partial<NewJob> = {}, weight?: number): NewJob {
  const group: JobGroup = weight === undefined ? { key } : { key, weight }
  return gone(id, { group, ...more })
}

function limit(store: Store, perGroup: { concurrency?: number; ordered?: boolean }): Promise<void> {
  return store.setLimits({ name: 'email', limits: { perGroup } })
}

/** Ends everything, and forgets what time alone is to forget. */
async function end({ store, advance }: ScriptCaseContext): Promise<void> {
  await store.setLimits({ name: 'email', limits: null })
  await advance(100 * HOUR)
  await store.promote({ limit: 1_000 })
  for (let left = true; left;) {
    const jobs = await claim(store)
    await settleAll(store, jobs, completed)
    left = jobs.length > 0
  }
  await advance(100 * HOUR)
  await store.prune({ limit: 1_000, maxDeadPerName: 0 })
  await store.prune({ limit: 1_000, maxDeadPerName: 0 })
}

/** Where the jobs of groups stand, who is woken, and what is left behind. */
export const groupCases: readonly ScriptCase[] = [
  scriptCase(
    'groups/keys',
    'a group has its tickets by place, and stands among the others by time',
    async (context) => {
      const { store, client, key } = context
      await push(store, grouped('1', 'a'), grouped('2', 'b', {}, 4), grouped('3', 'a', {}, 0.5), grouped('4', 'a'))
      assert.deepEqual(await scoresOf(context, 'email:groups'), { a: 1, b: 0.25 })
      assert.deepEqual(await scoresOf(context, 'group\temail\ta'), {
        'a1\t0\t1\temail': 0,
        'a3\t0\t3\temail': 1,
        'a4\t0\t4\temail': 2,
      })
      assert.deepEqual(await client.hgetall(key('email:group-weights')), { b: '4' })
      assert.deepEqual(await client.hgetall(key('grouped')), { email: '4' })
      assert.deepEqual(idsOf(await claim(store, 2)), ['2', '1'])
      assert.deepEqual(await client.hgetall(key('email:group-running')), { a: '1', b: '1' })
      assert.deepEqual(await client.hgetall(key('fair')), { email: '1\t' })
      assert.deepEqual(await scoresOf(context, 'email:groups'), { a: 2 })
      assert.equal(await client.exists(key('email:group-weights')), 0)
      assert.deepEqual(await client.hgetall(key('grouped')), { email: '2' })
    },
  ),

  scriptCase('groups/no-trace', 'no key is left when all is over, whatever there was', async (context) => {
    const { store, advance, client, key } = context
    const rate = { limit: 1, perMs: 1_000, burst: 3 }
    const perGroup = { concurrency: 1, ordered: true, rate: { ...rate, burst: 1 } }
    await store.setLimits({ name: 'email', limits: { concurrency: 3, rate, perGroup } })
    await push(
      store,
      grouped('1', 'a', {}, 3),
      grouped('2', 'a'),
      grouped('3', 'b', {}, 2),
      gone('4'),
      grouped('5', 'c'),
    )
    const taken = await claim(store)
    assert.deepEqual(idsOf(taken), ['1', '3', '4'])
    await settleAll(store, taken.slice(0, 1), { type: 'retry', delayMs: 5_000, error: 'no' })
    await advance(1_000)
    await claim(store)
    await settleAll(store, taken.slice(2), { type: 'released', delayMs: 0, holdNameMs: 9_000 })
    const during = ['fair', 'grouped', 'holds', 'limits', 'rates', 'buckets', 'group\temail\ta', 'email:groups-aside']
    for (const rest of [
      ...during,
      'email:group-rates',
      'email:group-buckets',
      'email:group-running',
      'email:group-places',
    ]) {
      assert.equal(await client.exists(key(rest)), 1, rest)
    }
    await advance(LEASE_MS)
    await store.reap({ limit: 100, maxRecoveries: 3 })
    await end(context)
    assert.deepEqual(await keysLeft(context), ['generation'])
  }),

  ...(['cancel', 'remove'] as const).map((method) =>
    scriptCase(`groups/${method}`, `${method} leaves nothing of a group, and no void ticket`, async (context) => {
      const { store, client, key } = context
      await push(store, grouped('1', 'a', {}, 2), grouped('2', 'a'), grouped('3', 'b', { delayMs: 1_000 }))
      await store[method]({ ids: ['1'] })
      assert.deepEqual(await scoresOf(context, 'group\temail\ta'), { 'a2\t0\t2\temail': 1 })
      await store[method]({ ids: ['2', '3'] })
      // The one that is void is there to wake somebody.
      assert.deepEqual(await client.hgetall(key('void')), { email: '1' })
      await claim(store)
      await store.prune({ limit: 10, maxDeadPerName: 0 })
      assert.deepEqual(await keysLeft(context), ['generation'])
    }),
  ),

  scriptCase(
    'groups/wake',
    'an empty ticket wakes a waiter, and a claim that leaves some wakes the next',
    async (context) => {
      const { store, client, key } = context
      await push(store, grouped('1', 'a'), grouped('2', 'b'))
      assert.deepEqual(await client.lrange(key('email:ready'), 0, -1), [''])
      await popped(context, 'worker-a')
      assert.deepEqual(idsOf(await claim(store, 1)), ['1'])
      assert.deepEqual(await client.lrange(key('email:ready'), 0, -1), [''])
      await popped(context, 'worker-b')
      assert.deepEqual(idsOf(await claim(store, 1, 'worker-b')), ['2'])
      assert.equal(await client.exists(key('email:ready'), key('void')), 0)
    },
  ),

  scriptCase('groups/no-wake', 'groups that are set aside wake nobody, until one is able again', async (context) => {
    const { store, client, key } = context
    await limit(store, { concurrency: 1 })
    await push(store, grouped('1', 'a'), grouped('2', 'a'))
    const leases = await claim(store)
    assert.equal(await client.exists(key('email:ready')), 0)
    assert.equal(await client.zscore(key('email:groups-aside'), 'a'), 'inf')
    await settleAll(store, leases, completed)
    assert.deepEqual(await client.lrange(key('email:ready'), 0, -1), [''])
    assert.deepEqual(await scoresOf(context, 'email:groups'), { a: 2 })
    await claim(store)
    await limit(store, { concurrency: 2 })
    assert.equal(await client.exists(key('email:ready')), 0)
    await push(store, grouped('3', 'b'))
    assert.deepEqual(await client.lrange(key('email:ready'), 0, -1), [''])
  }),

  scriptCase('groups/freed', 'new limits free all groups that were set aside', async (context) => {
    const { store, client, key } = context
    await limit(store, { concurrency: 1 })
    await push(store, grouped('1', 'b'), grouped('2', 'b'), grouped('3', 'a'), grouped('4', 'a'))
    await claim(store)
    await limit(store, { concurrency: 2 })
    assert.deepEqual(await scoresOf(context, 'email:groups-freed'), { a: 0, b: 0 })
    assert.equal(await client.exists(key('email:groups-aside')), 0)
    assert.deepEqual(await client.lrange(key('email:ready'), 0, -1), [''])
    assert.equal((await store.counts({}))[0]?.groups, 2)
    assert.deepEqual(idsOf(await claim(store, 1)), ['4'])
    assert.deepEqual(await scoresOf(context, 'email:groups'), { b: 2 })
    assert.equal(await client.exists(key('email:groups-freed')), 0)
  }),

  scriptCase('groups/strays', 'what is no ticket there is set aside, what is void is dropped', async (context) => {
    const { store, client, key } = context
    await push(store, grouped('1', 'a'), grouped('2', 'a'), grouped('3', 'a'), grouped('4', 'b'))
    await client.zadd(key('group\temail\ta'), 1.5, 'nonsense')
    await client.hincrby(key('grouped'), 'email', 1)
    await client.hdel(key('jobs'), '1', '4')
    assert.deepEqual(idsOf(await claim(store)), ['2', '3'])
    assert.deepEqual(await client.lrange(key('damaged'), 0, -1), ['email\tnonsense'])
    assert.equal(await client.exists(key('grouped'), key('email:groups'), key('void'), key('group\temail\tb')), 0)
  }),

  scriptCase('groups/bounded-void', 'a claim drops at most so many void tickets of groups', async (context) => {
    const { store, client, key } = context
    await push(store, grouped('1', 'a'), grouped('2', 'b'))
    const junk = Array.from({ length: 2_500 }, (_, i) => `a9\t0\tjunk-${i}\temail`)
    await client.zadd(key('group\temail\ta'), ...junk.flatMap((ticket) => [-1, ticket]))
    const claims = []
    for (let i = 0; i < 4; i++) {
      const { jobs, more } = await store.claim({ name: 'email', worker: 'worker-a', limit: 7, leaseMs: 1_000 })
      claims.push([idsOf(jobs), more])
    }
    assert.deepEqual(claims, [
      [[], true],
      [[], true],
      [['1', '2'], false],
      [[], false],
    ])
  }),

  scriptCase('groups/inbox', 'a name that is held gives back what was popped, to the head', async (context) => {
    const { store, client, key } = context
    await store.setLimits({ name: 'email', limits: { concurrency: 2 } })
    await push(store, ...['1', '2', '3', '4', '5'].map((id) => gone(id)))
    await popped(context, 'worker-a', 4)
    const first = await store.claim({ name: 'email', worker: 'worker-a', limit: 10, leaseMs: LEASE_MS })
    assert.deepEqual([idsOf(first.jobs), first.held, first.more], [['1', '2'], 'concurrency', false])
    assert.equal(await client.llen(key('email:inbox:worker-a')), 0)
    await popped(context, 'worker-a', 2)
    const second = await store.claim({ name: 'email', worker: 'worker-a', limit: 10, leaseMs: LEASE_MS })
    assert.deepEqual([second.jobs, second.held], [[], 'concurrency'])
    await store.setLimits({ name: 'email', limits: null })
    assert.deepEqual(idsOf(await claim(store, 10, 'worker-b')), ['3', '4', '5'])
  }),

  scriptCase('groups/of-before', 'a job of a group that stands in the list is one all the same', async (context) => {
    // As a release that knows of no groups puts it there.
    const { store, client, key } = context
    await push(store, grouped('1', 'a'), kept('2', { group: { key: 'a' } }), grouped('3', 'a'))
    const tickets = ['a1\t0\t1\temail', 'a2\t0\t2\temail']
    await client.del(key('email:ready'), key('void'))
    await client.zrem(key('group\temail\ta'), ...tickets)
    await client.hincrby(key('grouped'), 'email', -2)
    await client.lpush(key('email:ready'), ...tickets)
    assert.equal((await store.counts({}))[0]?.ready, 3)
    await store.cancel({ ids: ['2'] })
    assert.equal((await store.counts({}))[0]?.ready, 2)
    const jobs = await claim(store)
    assert.deepEqual(idsOf(jobs), ['1', '3'])
    assert.deepEqual(await client.hgetall(key('email:group-running')), { a: '2' })
    await settleAll(store, jobs, completed)
    assert.equal(await client.exists(key('email:group-running'), key('void')), 0)
  }),

  scriptCase(
    'groups/texts',
    'extras of before have no group, and of later ones the rest stays',
    async ({ store, client, key }) => {
      await push(store, gone('1', { priority: 5 }), kept('2', { group: { key: 'a', weight: 2 } }))
      assert.deepEqual(await client.hgetall(key('extras')), { '1': '1\t5\t\t\t\t\t', '2': '1\t0\t\t\t\t\t\ta\t2' })
      await client.hset(key('extras'), '2', '1\t0\t\t\t\t\t\ta\t2\tmore')
      const jobs = await claim(store)
      assert.deepEqual(
        jobs.map(({ group }) => group),
        [{ key: 'a', weight: 2 }, undefined],
      )
      await settleAll(store, jobs, { type: 'retry', delayMs: 0, error: 'no' })
      assert.equal(await client.hget(key('extras'), '2'), '1\t0\t\t\t\t\t\ta\t2\tmore')
      assert.deepEqual((await store.get({ ids: ['2'] }))[0]?.group, { key: 'a', weight: 2 })
    },
  ),

  scriptCase(
    'groups/limits-text',
    'limits are kept as a text, of which later releases may say more',
    async ({ store, client, key }) => {
      const rate = { limit: 2, perMs: 1_000, burst: 3 }
      const limits = { concurrency: 1, rate, perGroup: { concurrency: 1, rate, ordered: true } }
      await store.setLimits({ name: 'email', limits })
      const text = '1\t1\t2\t1000\t3\tg\t1\t2\t1000\t3\t1'
      assert.equal(await client.hget(key('limits'), 'email'), text)
      await client.hset(key('limits'), 'email', `${text}\tmore`)
      assert.deepEqual((await store.counts({ names: ['email'] }))[0]?.limits, limits)
      await push(store, gone('1'), gone('2'))
      const claims = []
      for (const other of [`${text}\tmore`, '2\tother', 'damaged']) {
        await client.hset(key('limits'), 'email', other)
        const { jobs, held } = await store.claim({ name: 'email', worker: 'worker-a', limit: 5, leaseMs: 1_000 })
        claims.push([jobs.length, held])
      }
      assert.deepEqual(claims, [
        [1, 'concurrency'],
        [0, 'concurrency'],
        [1, undefined],
      ])
    },
  ),

  scriptCase(
    'groups/holds',
    'a hold that is over is forgotten by a claim, or in its time',
    async ({ store, advance, client, key }) => {
      for (const forget of ['claim', 'prune'] as const) {
        await push(store, gone('1'))
        await settleAll(store, await claim(store), { type: 'released', delayMs: 0, holdNameMs: 1_000 })
        assert.equal((await client.zscore(key('holds'), 'email')) !== null, true)
        await advance(1_000)
        if (forget === 'prune') await store.prune({ limit: 10, maxDeadPerName: 10 })
        else await settleAll(store, await claim(store), completed)
        assert.equal(await client.exists(key('holds')), 0, forget)
      }
    },
  ),

  scriptCase('groups/buckets', 'the buckets of groups are forgotten by claims once they are full', async (context) => {
    const { store, advance } = context
    await store.setLimits({ name: 'email', limits: { perGroup: { rate: { limit: 1, perMs: 1_000, burst: 1 } } } })
    await push(store, ...Array.from({ length: 150 }, (_, i) => grouped(`${i}`, `group-${i}`)))
    await settleAll(store, await claim(store, 150), completed)
    await advance(1_000)
    await push(store, grouped('next', 'a'))
    await claim(store)
    assert.equal(Object.keys(await scoresOf(context, 'email:group-rates')).length, 51)
  }),

  scriptCase('groups/pages', 'a page of groups goes on behind its place, though they have moved', async ({ store }) => {
    await limit(store, { concurrency: 2 })
    await push(
      store,
      ...['1', '2', '3', '4'].map((id) => grouped(id, 'a')),
      ...['5', '6'].map((id) => grouped(id, 'b')),
    )
    await push(store, gone('0'), gone('7', { priority: 1 }), gone('8', { priority: -1 }))
    const list = (limit: number, cursor: string | null): ReturnType<Store['list']> =>
      store.list({ name: 'email', state: 'ready', limit, cursor })
    const ids = []
    for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
      const page = await list(1, cursor)
      ids.push(...idsOf(page.jobs))
      cursor = page.cursor
    }
    assert.deepEqual(ids, ['8', '0', '7', '1', '2', '3', '4', '5', '6'])
    // The ticket that wakes somebody has a place as well.
    const page = await list(6, null)
    assert.deepEqual(idsOf(page.jobs), ['8', '0', '7', '1', '2'])
    // 8, a, and b behind a.
    await claim(store, 2)
    assert.deepEqual(idsOf((await list(10, page.cursor)).jobs), ['5', '6', '2', '3', '4'])
    await store.remove({ ids: ['2', '3', '4', '5', '6'] })
    assert.deepEqual(await list(10, page.cursor), { jobs: [], cursor: null })
  }),
]
