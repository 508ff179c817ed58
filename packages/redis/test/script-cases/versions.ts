import assert from 'node:assert/strict'
import type { UniqueKey } from '@goscheds/core'
import {
  claim,
  gone,
  HOUR,
  idsOf,
  kept,
  LEASE_MS,
  push,
  type ScriptCase,
  scriptCase,
  settleAll,
} from './script-case.js'

const unique: UniqueKey = { key: 'ada', until: 'finished', onConflict: 'ignore' }
const retryNow = { type: 'retry', delayMs: 0, error: 'no' } as const
const completed = { type: 'completed', retentionMs: 0 } as const

/** What a later release wrote or added to what a job asks for is neither destroyed nor misread (G19). */
export const versionCases: readonly ScriptCase[] = [
  scriptCase(
    'versions/extras',
    'a job whose extras a later release wrote is left to newer workers',
    async (context) => {
      const { store, client, key, advance } = context
      await push(store, kept('a', { priority: 5 }), kept('b', { expiresAt: 1e15 }))
      for (const id of ['a', 'b']) await client.hset(key('extras'), id, `2\tall new of ${id}`)
      const untouched = { a: '2\tall new of a', b: '2\tall new of b' }
      for (const id of ['a', 'b']) {
        assert.deepEqual(await store.cancel({ ids: [id] }), [{ status: 'not-found' }])
        assert.deepEqual(await store.remove({ ids: [id] }), [{ status: 'not-found' }])
        assert.deepEqual(await store.reschedule({ entries: [{ id, delayMs: 1 }] }), [{ status: 'not-found' }])
      }
      const leases = await claim(store)
      assert.deepEqual(
        leases.map(({ id, unsupported }) => [id, unsupported]),
        [
          ['b', 'a record of version 2'],
          ['a', 'a record of version 2'],
        ],
      )
      await settleAll(store, leases, { type: 'released', delayMs: 1_000 })
      await advance(1_000)
      assert.equal((await store.promote({ limit: 10 })).promoted, 2)
      assert.equal(await client.llen(key('email:ready')), 2)
      const again = await claim(store)
      assert.deepEqual(idsOf(again).sort(), ['a', 'b'])
      await advance(LEASE_MS)
      await store.reap({ limit: 10, maxRecoveries: 3 })
      assert.deepEqual(await client.hgetall(key('extras')), untouched)
      assert.deepEqual(
        (await store.get({ ids: ['a'] })).map((job) => [job?.state, job?.priority]),
        [['ready', undefined]],
      )
    },
  ),

  scriptCase('versions/expiry', 'the reaper does not end a job whose extras it cannot read', async (context) => {
    const { store, client, key, now, advance } = context
    await push(store, kept('a', { expiresAt: (await now()) + 1_000 }))
    await client.hset(key('extras'), 'a', '2\tall new')
    await advance(2_000)
    assert.deepEqual((await store.reap({ limit: 10, maxRecoveries: 3 })).expired, [])
    assert.equal((await store.get({ ids: ['a'] }))[0]?.state, 'ready')
  }),

  scriptCase('versions/extras-behind', 'fields that a later release has added to extras are kept', async (context) => {
    const { store, client, key, now, advance } = context
    await push(store, kept('a', { priority: 5, unique, expiresAt: (await now()) + 1_000 }))
    const text = String(await client.hget(key('extras'), 'a'))
    await client.hset(key('extras'), 'a', `${text}\tlater\tstill`)
    assert.deepEqual(
      (await store.get({ ids: ['a'] })).map((job) => [job?.priority, job?.unique]),
      [[5, unique]],
    )
    await advance(1_000)
    assert.deepEqual(await claim(store), [])
    assert.deepEqual(await store.redrive({ ids: ['a'] }), [{ status: 'redriven' }])
    assert.equal(await client.hget(key('extras'), 'a'), '1\t5\t\t\tfinished\tignore\tada\tlater\tstill')
    await push(store, kept('b', { unique }))
    assert.equal(await store.get({ ids: ['b'] }).then(([job]) => job), null)
  }),

  scriptCase('versions/hold', 'a key whose hold a later release wrote stays held, as it is', async (context) => {
    const { store, client, key } = context
    await client.hset(key('unique'), 'email\tada', '2\tz9\ttheirs\tall new')
    const outcomes = await store.enqueue({
      jobs: (['ignore', 'replace', 'reschedule', 'runAgain'] as const).map((onConflict) =>
        gone(onConflict, { unique: { ...unique, onConflict } }),
      ),
    })
    assert.deepEqual(
      outcomes,
      ['ignore', 'replace', 'reschedule', 'runAgain'].map(() => ({ status: 'duplicate', id: 'theirs' })),
    )
    await push(store, gone('a', { unique: { key: 'bo', until: 'started', onConflict: 'ignore' } }))
    await client.hset(key('unique'), 'email\tbo', '3\tanything')
    await settleAll(store, await claim(store), retryNow)
    assert.deepEqual(await client.hgetall(key('unique')), {
      'email\tada': '2\tz9\ttheirs\tall new',
      'email\tbo': '3\tanything',
    })
  }),

  scriptCase('versions/hold-behind', 'fields that a later release has added to a hold are kept', async (context) => {
    const { store, client, key } = context
    await push(store, gone('a', { delayMs: HOUR, unique }))
    await client.hset(key('unique'), 'email\tada', `${await client.hget(key('unique'), 'email\tada')}\tlater`)
    assert.deepEqual(await store.enqueue({ jobs: [gone('b', { unique })] }), [{ status: 'duplicate', id: 'a' }])
    await store.reschedule({ entries: [{ id: 'a', delayMs: 0 }] })
    assert.equal(await client.hget(key('unique'), 'email\tada'), '1\ta2\ta\tfinished\t\tlater')
    await settleAll(store, await claim(store), completed)
    assert.equal(await client.exists(key('unique')), 0)
  }),

  scriptCase('versions/failures', 'failures that a later release wrote are left as they are', async (context) => {
    const { store, client, key } = context
    await push(store, gone('a'))
    await client.hset(key('failures'), 'a', '2\nall new')
    await settleAll(store, await claim(store), retryNow)
    assert.equal(await client.hget(key('failures'), 'a'), '2\nall new')
    assert.equal((await store.get({ ids: ['a'] }))[0]?.failures, undefined)
  }),

  scriptCase(
    'versions/damaged',
    'extras or a hold that nobody can read are as if they were not there',
    async (context) => {
      const { store, client, key } = context
      await push(store, gone('a', { unique }), gone('b', { priority: -5 }))
      await client.hset(key('extras'), 'a', 'damaged', 'b', 'damaged')
      await client.hset(key('unique'), 'email\tada', 'damaged')
      assert.deepEqual(await store.enqueue({ jobs: [gone('c', { unique })] }), [{ status: 'added', id: 'c' }])
      const leases = await claim(store)
      assert.deepEqual(idsOf(leases), ['b', 'a', 'c'])
      await settleAll(store, leases, completed)
      assert.deepEqual(await client.hlen(key('unique')), 0)
    },
  ),
]
