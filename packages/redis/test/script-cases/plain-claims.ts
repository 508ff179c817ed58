import assert from 'node:assert/strict'
import { claim, gone, idsOf, popped, push, type ScriptCase, scriptCase, settleAll } from './script-case.js'

const retryNow = { type: 'retry', delayMs: 0, error: 'no' } as const

/** How plain jobs are claimed, which takes a shorter way, and what stands between them that is not plain. */
export const plainClaimCases: readonly ScriptCase[] = [
  scriptCase(
    'plain-claims/void',
    'void tickets between plain ones are dropped, and no longer counted',
    async (context) => {
      const { store, client, key } = context
      await push(store, ...['a', 'b', 'c', 'd'].map((id) => gone(id)))
      await store.cancel({ ids: ['b'] })
      await store.remove({ ids: ['d'] })
      assert.deepEqual(idsOf(await claim(store)), ['a', 'c'])
      assert.deepEqual(await client.exists(key('void'), key('email:ready')), 0)
    },
  ),

  scriptCase('plain-claims/stamp', 'so is the ticket of an id that was used again', async (context) => {
    const { store } = context
    await push(store, gone('a'), gone('b'))
    await store.remove({ ids: ['a'] })
    await push(store, gone('a'))
    assert.deepEqual(
      (await claim(store)).map(({ id, fence }) => [id, fence]),
      [
        ['b', { generation: 2, claim: 1 }],
        ['a', { generation: 3, claim: 1 }],
      ],
    )
    assert.deepEqual(await claim(store), [])
  }),

  scriptCase(
    'plain-claims/damaged',
    'a damaged record between plain ones is handed out as one, in its turn',
    async (context) => {
      const { store, damage } = context
      await push(store, gone('a'), gone('b'), gone('c'))
      await damage('b')
      const jobs = await claim(store)
      assert.deepEqual(
        jobs.map(({ id, damage }) => [id, damage !== undefined]),
        [
          ['a', false],
          ['b', true],
          ['c', false],
        ],
      )
      assert.deepEqual(await store.extend({ leases: jobs, leaseMs: 1_000 }), ['held', 'held', 'held'])
    },
  ),

  scriptCase('plain-claims/later-version', 'so is one that a later release wrote', async (context) => {
    const { store, client, key } = context
    await push(store, gone('a'), gone('b'), gone('c'))
    const record = await client.hget(key('jobs'), 'b')
    await client.hset(key('jobs'), 'b', String(record).replace(/^1\t/, '2\t'))
    assert.deepEqual(
      (await claim(store)).map(({ id, unsupported }) => [id, unsupported]),
      [
        ['a', undefined],
        ['b', 'a record of version 2'],
        ['c', undefined],
      ],
    )
  }),

  scriptCase(
    'plain-claims/inbox-first',
    'a claim takes from its inbox, then from the queue, each from the head',
    async (context) => {
      const { store, client, key } = context
      await push(store, ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => gone(id)))
      await popped(context, 'worker-a', 4)
      assert.deepEqual(idsOf(await claim(store, 2)), ['a', 'b'])
      assert.deepEqual(idsOf(await claim(store, 3)), ['c', 'd', 'e'])
      assert.equal(await client.exists(key('email:inbox:worker-a')), 0)
      assert.deepEqual(idsOf(await claim(store, 3)), ['f', 'g'])
      assert.equal(await client.zcard(key('email:active')), 7)
    },
  ),

  scriptCase(
    'plain-claims/over-a-thousand',
    'a claim of more than a thousand takes that many, in order',
    async (context) => {
      const { store } = context
      const ids = Array.from({ length: 5_300 }, (_, i) => `job-${i}`)
      await push(store, ...ids.map((id) => gone(id)))
      for (const [from, limit] of [
        [0, 1_001],
        [1_001, 4_200],
        [5_201, 1_200],
      ] as const) {
        const claimed = await store.claim({ name: 'email', worker: 'worker-a', limit, leaseMs: 1_000 })
        assert.deepEqual(idsOf(claimed.jobs), ids.slice(from, from + limit))
        assert.equal(claimed.more, false)
      }
    },
  ),

  scriptCase(
    'plain-claims/came-back',
    'a job that was claimed before has its place and its counters',
    async (context) => {
      const { store } = context
      await push(store, gone('a'), gone('b'))
      await settleAll(store, await claim(store, 1), retryNow)
      await push(store, gone('c'))
      const jobs = await claim(store)
      assert.deepEqual(
        jobs.map(({ id, attempts, fence }) => [id, attempts, fence.claim]),
        [
          ['b', 0, 1],
          ['a', 1, 2],
          ['c', 0, 1],
        ],
      )
      assert.deepEqual(
        (await store.get({ ids: idsOf(jobs) })).map((job) => job?.claims),
        [1, 2, 1],
      )
    },
  ),

  scriptCase(
    'plain-claims/nothing',
    'a claim that is to take none, or finds none, changes nothing',
    async (context) => {
      const { store, client, key } = context
      await push(store, gone('a'))
      const none = { jobs: [], more: false }
      assert.deepEqual(await store.claim({ name: 'email', worker: 'worker-a', limit: 0, leaseMs: 1_000 }), none)
      assert.deepEqual(await store.claim({ name: 'sms', worker: 'worker-a', limit: 5, leaseMs: 1_000 }), none)
      assert.equal(await client.llen(key('email:ready')), 1)
      assert.equal(await client.exists(key('email:active'), key('sms:active')), 0)
    },
  ),
]
