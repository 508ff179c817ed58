import assert from 'node:assert/strict'
import {
  claim,
  gone,
  idsOf,
  keysLeft,
  popped,
  push,
  type ScriptCase,
  scriptCase,
  scoresOf,
  settleAll,
} from './script-case.js'

const SPAN = 2 ** 41
const completed = { type: 'completed', retentionMs: 0 } as const

/** The places of jobs with a priority, and the ticket that wakes who waits for them. */
export const priorityCases: readonly ScriptCase[] = [
  scriptCase(
    'priorities/places',
    'jobs stand by priority and then in the order in which they came',
    async (context) => {
      const { store } = context
      await push(store, gone('a', { priority: 5 }), gone('b', { priority: -5 }), gone('c', { priority: 5 }))
      await push(store, gone('d', { priority: -5 }), gone('e', { priority: 6 }))
      assert.deepEqual(await scoresOf(context, 'email:ordered'), {
        'a2\t0\tb\temail': -5 * SPAN,
        'a4\t0\td\temail': -5 * SPAN + 1,
        'a1\t0\ta\temail': 5 * SPAN,
        'a3\t0\tc\temail': 5 * SPAN + 1,
        'a5\t0\te\temail': 6 * SPAN,
      })
    },
  ),

  scriptCase('priorities/wake', 'an empty ticket wakes a waiter, and is void from the start', async (context) => {
    const { store, client, key } = context
    await push(store, gone('a', { priority: 5 }))
    await push(store, gone('b', { priority: 5 }))
    assert.deepEqual(await client.lrange(key('email:ready'), 0, -1), [''])
    assert.deepEqual(await client.hgetall(key('void')), { email: '1' })
    assert.equal((await store.counts({}))[0]?.ready, 2)
    await popped(context, 'worker-a')
    assert.deepEqual(idsOf(await claim(store, 1)), ['a'])
    assert.deepEqual(await client.lrange(key('email:ready'), 0, -1), [''])
    await popped(context, 'worker-b')
    assert.deepEqual(idsOf(await claim(store, 1, 'worker-b')), ['b'])
    assert.deepEqual(await keysLeft(context), [
      'email:active',
      'extras',
      'generation',
      'inboxes',
      'jobs',
      'names',
      'pushed',
    ])
  }),

  scriptCase(
    'priorities/no-wake',
    'where something else is there to wake a waiter, no empty ticket is',
    async (context) => {
      const { store, client, key } = context
      await push(store, gone('a'), gone('b', { priority: 5 }), gone('c', { priority: 5 }))
      assert.deepEqual(await client.lrange(key('email:ready'), 0, -1), ['a1\t0\ta\temail'])
      assert.equal(await client.exists(key('void')), 0)
    },
  ),

  scriptCase(
    'priorities/turns',
    'turns are kept by name while there are such jobs, and forgotten then',
    async (context) => {
      const { store, client, key } = context
      const jobs = Array.from({ length: 20 }, (_, i) => gone(`job-${i}`, { priority: i < 18 ? 1 : 2 }))
      await push(store, ...jobs, gone('other', { name: 'sms', priority: 1 }))
      await claim(store, 5)
      assert.deepEqual(await client.hgetall(key('turns')), { email: '5\t' })
      const taken = await claim(store, 11)
      assert.deepEqual(await client.hgetall(key('turns')), { email: '0\t1' })
      const next = await claim(store, 1)
      assert.deepEqual(await client.hgetall(key('turns')), { email: '1\t1' })
      assert.deepEqual(idsOf([...taken, ...next]).length, 12)
      await store.remove({ ids: ['job-17', 'job-18'] })
      assert.equal(await client.exists(key('turns')), 1)
      await store.remove({ ids: ['job-19'] })
      assert.equal(await client.exists(key('turns')), 0)
    },
  ),

  scriptCase('priorities/forgotten-turns', 'the claim of the last such job forgets the turns', async (context) => {
    const { store, client, key } = context
    await push(store, gone('a', { priority: 1 }), gone('b', { priority: 2 }), gone('c'))
    await claim(store, 1)
    assert.equal(await client.exists(key('turns')), 1)
    await claim(store, 2)
    assert.equal(await client.exists(key('turns')), 0)
  }),

  scriptCase('priorities/strays', 'what is no ticket there is set aside, what is void is dropped', async (context) => {
    const { store, client, key } = context
    await push(store, gone('a', { priority: 1 }), gone('b', { priority: 1 }), gone('c', { priority: 1 }))
    await client.zadd(key('email:ordered'), SPAN, 'nonsense')
    await client.hdel(key('jobs'), 'a')
    assert.deepEqual(idsOf(await claim(store)), ['b', 'c'])
    assert.deepEqual(await client.lrange(key('damaged'), 0, -1), ['email\tnonsense'])
    assert.deepEqual([await client.exists(key('email:ordered')), await client.exists(key('void'))], [0, 0])
  }),

  scriptCase(
    'priorities/bounded',
    'a claim passes at most so many void tickets there, and says that there is more',
    async (context) => {
      const { store, client, key } = context
      const junk = Array.from({ length: 2_500 }, (_, i) => `junk-${String(i).padStart(4, '0')}`)
      await push(store, gone('a', { priority: 1 }))
      await client.zadd(key('email:ordered'), ...junk.flatMap((text) => [-SPAN, text]))
      const first = await store.claim({ name: 'email', worker: 'worker-a', limit: 7, leaseMs: 1_000 })
      assert.deepEqual([idsOf(first.jobs), first.more], [['a'], true])
      assert.equal(await client.zcard(key('email:ordered')), 2_500 - 1_007)
      const second = await store.claim({ name: 'email', worker: 'worker-a', limit: 7, leaseMs: 1_000 })
      assert.deepEqual([second.jobs, second.more], [[], true])
      const third = await store.claim({ name: 'email', worker: 'worker-a', limit: 7, leaseMs: 1_000 })
      assert.deepEqual([third.jobs, third.more], [[], false])
      assert.equal(await client.llen(key('damaged')), 2_500)
    },
  ),

  scriptCase('priorities/no-trace', 'no key is left when all such jobs have completed', async (context) => {
    const { store, client, key } = context
    await push(store, gone('a', { priority: 1 }), gone('b', { priority: -1 }), gone('c'))
    await settleAll(store, await claim(store), completed)
    await claim(store)
    await store.prune({ limit: 10, maxDeadPerName: 10 })
    assert.deepEqual(await keysLeft(context), ['generation'])
    assert.equal(await client.exists(key('extras')), 0)
  }),

  scriptCase('priorities/adjacent', 'priorities side by side are apart', async (context) => {
    const { store, client, key } = context
    await push(store, ...[3, -1, 1, 2, -2].map((priority) => gone(`job${priority}`, { priority })), gone('job0'))
    assert.deepEqual(idsOf(await claim(store)), ['job-2', 'job-1', 'job0', 'job1', 'job2', 'job3'])
    assert.equal(await client.exists(key('email:ordered')), 0)
  }),
]
