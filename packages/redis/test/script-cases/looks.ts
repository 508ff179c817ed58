import assert from 'node:assert/strict'
import type { UniqueKey } from '@goscheds/core'
import {
  claim,
  gone,
  HOUR,
  idsOf,
  kept,
  popped,
  push,
  type ScriptCase,
  scriptCase,
  scoresOf,
  settleAll,
} from './script-case.js'

const unique: UniqueKey = { key: 'ada', until: 'finished', onConflict: 'ignore' }
const forASecond = (key: string): UniqueKey => ({ ...unique, key, until: { ttlMs: 1_000 } })

/** Counts and pages of queues that hold priorities, and keys whose time is over. */
export const lookCases: readonly ScriptCase[] = [
  scriptCase(
    'looks/oldest',
    'the age is the longest at the head of the lowest priority, of 0 and of the highest',
    async (context) => {
      const { store, advance } = context
      const jobs = [
        ['low-mid', -1],
        ['high-mid', 1],
        ['low-1', -2],
        ['low-2', -2],
        ['high-1', 2],
        ['high-2', 2],
        ['plain', 0],
      ] as const
      for (const [id, priority] of jobs) {
        await push(store, gone(id, { priority }))
        await advance(10)
      }
      const ages: (number | null | undefined)[] = []
      for (const id of ['', 'low-1', 'low-2', 'low-mid', 'plain', 'high-mid', 'high-1', 'high-2']) {
        await store.remove({ ids: [id] })
        ages.push((await store.counts({ names: ['email'] }))[0]?.oldestReadyMs)
      }
      assert.deepEqual(ages, [70, 70, 70, 60, 60, 30, 20, null])
    },
  ),

  scriptCase(
    'looks/between',
    'a priority between the lowest and 0, or 0 and the highest, has a head as well',
    async (context) => {
      const { store, advance } = context
      const oldest = async (): Promise<number | null | undefined> =>
        (await store.counts({ names: ['email'] }))[0]?.oldestReadyMs
      for (const [id, priority] of [
        ['a', -1],
        ['b', -5],
        ['c', 0],
      ] as const) {
        await push(store, gone(id, { priority }))
        await advance(10)
      }
      assert.equal(await oldest(), 30)
      await store.remove({ ids: ['a', 'b'] })
      assert.equal(await oldest(), 10)
      await store.remove({ ids: ['c'] })
      await push(store, gone('d', { priority: 1 }))
      await advance(10)
      await push(store, gone('f'))
      assert.equal(await oldest(), 10)
      await push(store, gone('e', { priority: 5 }))
      assert.equal(await oldest(), 10)
    },
  ),

  scriptCase(
    'looks/pages',
    'pages go through lower priorities, the queue and higher ones, whatever their size',
    async (context) => {
      const { store } = context
      await push(store, kept('popped'))
      await popped(context, 'worker-a')
      for (const [n, priority] of [
        [1, 1],
        [2, -1],
        [3, 0],
        [4, -2],
        [5, 2],
        [6, 0],
        [7, 1],
        [8, -1],
        [9, 0],
      ] as const) {
        await push(store, kept(`job-${n}`, { priority }))
      }
      const check = async (expected: readonly string[]): Promise<void> => {
        for (let limit = 1; limit <= expected.length + 1; limit++) {
          const seen: string[] = []
          let pages = 0
          let cursor: string | null = null
          do {
            const page = await store.list({ name: 'email', state: 'ready', limit, ...(cursor !== null && { cursor }) })
            assert.ok(page.jobs.length <= limit, `${page.jobs.length} of ${limit}`)
            seen.push(...idsOf(page.jobs))
            cursor = page.cursor
          } while (cursor !== null && ++pages < 30)
          assert.deepEqual(seen, expected, `in pages of ${limit}`)
          assert.ok(pages <= Math.ceil(expected.length / limit) + 1, `${pages} pages of ${limit}`)
        }
      }
      const low = ['job-4', 'job-2', 'job-8']
      const plain = ['popped', 'job-3', 'job-6', 'job-9']
      const high = ['job-1', 'job-7', 'job-5']
      await check([...low, ...plain, ...high])
      await store.remove({ ids: low })
      await check([...plain, ...high])
      await store.remove({ ids: high })
      await check(plain)
      for (const id of high) await push(store, kept(id, { priority: 3 }))
      await claim(store, 4)
      await check(high)
    },
  ),

  scriptCase('looks/page-sizes', 'a page is full as long as there are jobs', async (context) => {
    const { store } = context
    await push(store, ...[-1, -1, 0, 0, 1, 1].map((priority, i) => kept(`job-${i}`, { priority })))
    const sizes = async (limit: number): Promise<number[]> => {
      const found: number[] = []
      let cursor: string | null = null
      do {
        const page = await store.list({ name: 'email', state: 'ready', limit, ...(cursor !== null && { cursor }) })
        found.push(page.jobs.length)
        cursor = page.cursor
      } while (cursor !== null)
      return found
    }
    assert.deepEqual(await sizes(3), [3, 3])
    assert.deepEqual(await sizes(5), [5, 1])
    assert.deepEqual(await sizes(6), [6])
  }),

  scriptCase(
    'looks/ended-keys',
    'keys whose time is over are pruned, so many at a time, and no other',
    async (context) => {
      const { store, advance, client, key } = context
      for (const id of ['a', 'b', 'c']) await push(store, gone(id, { unique: forASecond(id), delayMs: HOUR }))
      await advance(500)
      await push(store, gone('d', { unique: forASecond('d'), delayMs: HOUR }), gone('e', { unique, delayMs: HOUR }))
      for (const worker of ['worker-a', 'worker-b']) await store.heartbeat({ report: { worker, lanes: [] }, ttlMs: 1 })
      await client.zadd(key('unique-ends'), 1, 'email\tada', 2, 'email\td')
      await advance(500)
      const keys = async (): Promise<string[]> =>
        (await client.hkeys(key('unique'))).map((field) => field.slice(6)).sort()
      assert.deepEqual(await store.prune({ limit: 3, maxDeadPerName: 1 }), { pruned: 3 })
      assert.deepEqual(await keys(), ['ada', 'b', 'c', 'd'])
      assert.deepEqual(Object.keys(await scoresOf(context, 'unique-ends')), ['email\tb', 'email\tc'])
      assert.deepEqual(await store.prune({ limit: 3, maxDeadPerName: 1 }), { pruned: 3 })
      assert.deepEqual(
        [await keys(), await client.exists(key('unique-ends')), await client.zcard(key('workers'))],
        [['ada', 'd'], 0, 1],
      )
      assert.deepEqual(await store.prune({ limit: 1, maxDeadPerName: 1 }), { pruned: 1 })
    },
  ),

  scriptCase(
    'looks/renewed-keys',
    'a key that is taken again, or for good, has the end of its new holder',
    async (context) => {
      const { store, advance, client, key, now } = context
      await push(store, gone('a', { unique: forASecond('x') }), gone('b', { unique: forASecond('y') }))
      await advance(1_000)
      await push(store, gone('c', { unique: forASecond('x') }), gone('d', { unique: { ...unique, key: 'y' } }))
      assert.deepEqual(await scoresOf(context, 'unique-ends'), { 'email\tx': (await now()) + 1_000 })
      assert.deepEqual(await client.hgetall(key('unique')), {
        'email\tx': `1\ta3\tc\tttl\t${(await now()) + 1_000}`,
        'email\ty': '1\ta4\td\tfinished\t',
      })
      await store.enqueue({ jobs: [gone('e', { unique: { ...unique, key: 'x', onConflict: 'replace' } })] })
      assert.equal(await client.exists(key('unique-ends')), 0)
    },
  ),

  scriptCase(
    'looks/expired-holder',
    'a job that expires at a claim or by the reaper lets go of its key',
    async (context) => {
      const { store, client, key } = context
      await push(store, gone('a', { unique, expiresAt: 1 }))
      assert.deepEqual(await claim(store), [])
      assert.equal(await client.exists(key('unique')), 0)
      await push(store, gone('b', { unique, expiresAt: 1 }))
      await store.reap({ limit: 10, maxRecoveries: 3 })
      assert.equal(await client.exists(key('unique')), 0)
    },
  ),

  scriptCase(
    'looks/no-more',
    'a claim that got all that it asked for does not say that there is more',
    async (context) => {
      const { store } = context
      await push(store, gone('a', { priority: 1 }), gone('b', { priority: 1 }), gone('c'), gone('d'))
      const more = async (limit: number): Promise<boolean> => {
        return (await store.claim({ name: 'email', worker: 'worker-a', limit, leaseMs: 1_000 })).more
      }
      assert.deepEqual([await more(1), await more(2), await more(2)], [false, false, false])
    },
  ),

  scriptCase(
    'looks/redriven',
    'a job that expired is redriven in a new generation, and claimed once',
    async (context) => {
      const { store, client, key } = context
      await push(store, kept('first'), kept('a', { expiresAt: 1, unique: forASecond('x') }), kept('b'))
      assert.equal((await store.reap({ limit: 10, maxRecoveries: 3 })).expired.length, 1)
      assert.deepEqual(await store.redrive({ ids: ['a'] }), [{ status: 'redriven' }])
      assert.equal((await client.hget(key('unique'), 'email\tx'))?.startsWith('1\ta4\ta\tttl\t'), true)
      assert.deepEqual(
        (await claim(store)).map(({ id, fence }) => [id, fence.generation, fence.claim]),
        [
          ['first', 1, 1],
          ['b', 3, 1],
          ['a', 4, 1],
        ],
      )
      assert.equal(await client.exists(key('void')), 0)
    },
  ),

  scriptCase('looks/redriven-once-claimed', 'a dead job that was claimed keeps its generation', async (context) => {
    const { store } = context
    await push(store, kept('a'))
    await settleAll(store, await claim(store), { type: 'dead', reason: 'attempts', error: 'no', retentionMs: HOUR })
    await store.redrive({ ids: ['a'] })
    assert.deepEqual(
      (await claim(store)).map(({ fence }) => fence),
      [{ generation: 1, claim: 2 }],
    )
  }),

  scriptCase('looks/zero', 'a result that reads 0 is kept with its job', async (context) => {
    const { store } = context
    await push(store, gone('a'))
    await settleAll(store, await claim(store), { type: 'completed', retentionMs: HOUR, result: '0' })
    assert.equal((await store.get({ ids: ['a'] }))[0]?.result, '0')
  }),
]
