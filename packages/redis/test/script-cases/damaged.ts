import assert from 'node:assert/strict'
import {
  claim,
  gone,
  HOUR,
  idsOf,
  kept,
  keysLeft,
  LEASE_MS,
  push,
  type ScriptCase,
  scriptCase,
  settleAll,
} from './script-case.js'

const retryNow = { type: 'retry', delayMs: 0, error: 'no' } as const
const completed = { type: 'completed', retentionMs: HOUR } as const
const undecodable = { type: 'dead', reason: 'undecodable', error: 'broken', retentionMs: HOUR } as const

/** What cannot be read is neither lost nor in the way. */
export const damagedCases: readonly ScriptCase[] = [
  scriptCase('damaged/tickets', 'what is no ticket is set aside, in the order in which it was met', async (context) => {
    const { store, client, key } = context
    await push(store, kept('a'))
    await client.rpush(key('email:ready'), 'queued-2', 'queued-1')
    await client.zadd(key('scheduled'), 1, 'set-1', 2, 'set-2')
    await client.zadd(key('email:active'), 1, 'leased-1', 2, 'leased-2')
    assert.deepEqual(idsOf(await claim(store)), ['a'])
    await store.promote({ limit: 10 })
    await store.reap({ limit: 10, maxRecoveries: 3 })
    assert.deepEqual(await client.lrange(key('damaged'), 0, -1), [
      'email\tqueued-1',
      'email\tqueued-2',
      'scheduled\tset-1',
      'scheduled\tset-2',
      'email\tleased-1',
      'email\tleased-2',
    ])
    assert.deepEqual(await client.zrange(key('scheduled'), '0', '-1'), [])
    assert.equal(await client.zcard(key('email:active')), 1)
  }),

  scriptCase('damaged/set', 'what is no job of a finished set is pruned from it', async ({ store, client, key }) => {
    await push(store, gone('a'))
    await client.zadd(key('email:completed'), 1, 'nonsense')
    assert.deepEqual(await store.prune({ limit: 10, maxDeadPerName: 10 }), { pruned: 1 })
    assert.equal(await client.exists(key('email:completed')), 0)
  }),

  scriptCase('damaged/wrong-type', 'a claim that cannot write takes nothing from the queue', async (context) => {
    const { store, client, key } = context
    await push(store, kept('a'))
    await client.set(key('email:active'), 'not a sorted set')
    await assert.rejects(claim(store), /WRONGTYPE/)
    assert.equal(await client.llen(key('email:ready')), 1)
  }),

  scriptCase('damaged/waiting', 'cancelling a job without a readable record leaves no trace of it', async (context) => {
    const { store, damage } = context
    await push(store, kept('a'))
    await damage('a')
    assert.deepEqual(await store.cancel({ ids: ['a'] }), [{ status: 'cancelled' }])
    assert.deepEqual(await claim(store), [])
    assert.deepEqual(await keysLeft(context), ['generation', 'names', 'pushed'])
  }),

  scriptCase('damaged/active', 'an active job without a readable record is found by its lease', async (context) => {
    const { store, damage, client, key, now } = context
    await push(store, kept('a'), kept('b'), kept('c'), kept('other', { name: 'sms' }))
    await claim(store)
    await claim(store, 1, 'worker-a', 'sms')
    const ids = ['a', 'b', 'c', 'other']
    for (const id of ids) await damage(id)
    const jobs = await store.get({ ids })
    const leaseUntil = (await now()) + LEASE_MS
    assert.deepEqual(
      jobs.map((job) => [job?.state, job?.leaseUntil]),
      ids.map(() => ['active', leaseUntil]),
    )
    await client.hset(key('cancels'), 'b', 'of another life')
    await store.cancel({ ids })
    assert.deepEqual(await client.hgetall(key('cancels')), { a: 'a1', b: 'a2', c: 'a3', other: 'a4' })
  }),

  scriptCase('damaged/cancelled', 'its end leaves no trace when it was to be cancelled', async (context) => {
    const { store, damage, advance, client, key } = context
    await push(store, gone('settled'), gone('reaped'))
    const leases = await claim(store)
    for (const id of idsOf(leases)) await damage(id)
    await store.cancel({ ids: idsOf(leases) })
    await settleAll(store, leases.slice(0, 1), retryNow)
    await advance(LEASE_MS)
    await store.reap({ limit: 10, maxRecoveries: 3 })
    assert.deepEqual(await keysLeft(context), ['generation', 'names', 'pushed'])
    assert.equal(await client.exists(key('email:cancelled')), 0)
  }),

  scriptCase('damaged/finished', 'a finished one can be removed, and is pruned in its time', async (context) => {
    const { store, damage, advance, client, key } = context
    await push(store, kept('a'), kept('b'))
    await settleAll(store, await claim(store), completed)
    for (const id of ['a', 'b']) await damage(id)
    assert.deepEqual(await store.remove({ ids: ['a'] }), [{ status: 'removed', state: 'completed' }])
    await advance(HOUR)
    await store.prune({ limit: 10, maxDeadPerName: 10 })
    assert.deepEqual([await client.hkeys(key('jobs')), await client.hkeys(key('runs'))], [[], []])
  }),

  scriptCase('damaged/undecodable', 'a record that one worker cannot read and the store can stays', async (context) => {
    const { store, client, key } = context
    await push(store, kept('a'))
    const before = await client.hget(key('jobs'), 'a')
    await settleAll(store, await claim(store), undecodable)
    assert.equal(await client.hget(key('jobs'), 'a'), before)
    assert.equal((await store.get({ ids: ['a'] }))[0]?.attempts, 0)
  }),

  scriptCase('damaged/run', 'a run record that cannot be read is kept behind a new one', async (context) => {
    const { store, client, key, now } = context
    await push(store, kept('retried'), kept('cancelled'))
    for (const id of ['retried', 'cancelled']) await client.hset(key('runs'), id, 'damaged')
    const [retried] = await claim(store, 1)
    assert.ok(retried)
    assert.deepEqual(await store.cancel({ ids: ['cancelled'] }), [{ status: 'cancelled' }])
    await settleAll(store, [retried], retryNow)
    assert.deepEqual(await client.hgetall(key('runs')), {
      cancelled: `1\t0\t0\t0\tcancelled\t${await now()}\t\tdamaged`,
      retried: '1\t1\t1\t0\t\t\t\tdamaged',
    })
  }),

  scriptCase(
    'damaged/newer',
    'what a later release wrote is left alone, and kept at least a month (G19)',
    async (context) => {
      const { store, client, key, now, advance } = context
      const ids = ['dead', 'waiting', 'reaped', 'run']
      await push(store, ...ids.map((id) => kept(id)))
      for (const id of ids.slice(0, 3)) await client.hset(key('jobs'), id, `2\tnew of ${id}`)
      await client.hset(key('runs'), 'run', '2\tnew run')
      const before = [await client.hgetall(key('jobs')), await client.hgetall(key('runs'))]
      const untouched = async (): Promise<void> => {
        assert.deepEqual([await client.hgetall(key('jobs')), await client.hgetall(key('runs'))], before)
      }
      for (const id of ['waiting', 'run']) {
        assert.deepEqual(await store.cancel({ ids: [id] }), [{ status: 'not-found' }])
        assert.deepEqual(await store.remove({ ids: [id] }), [{ status: 'not-found' }])
        assert.deepEqual(await store.redrive({ ids: [id] }), [{ status: 'not-found' }])
        assert.deepEqual(await store.reschedule({ entries: [{ id, delayMs: 1 }] }), [{ status: 'not-found' }])
      }
      await untouched()
      const leases = await claim(store)
      assert.deepEqual(idsOf(leases), ids)
      const month = (await now()) + 30 * 24 * HOUR
      await settleAll(store, leases.slice(0, 1), { ...undecodable, retentionMs: 0 })
      assert.equal(Number(await client.zscore(key('email:dead'), 'a1\tdead')), month)
      assert.equal(await client.hget(key('jobs'), 'dead'), '2\tnew of dead')
      await advance(LEASE_MS)
      await store.reap({ limit: 10, maxRecoveries: 0 })
      assert.equal(await client.hget(key('jobs'), 'reaped'), '2\tnew of reaped')
      await advance(40 * 24 * HOUR)
      await store.prune({ limit: 10, maxDeadPerName: 10 })
      assert.equal(await client.hget(key('jobs'), 'dead'), '2\tnew of dead')
    },
  ),

  scriptCase('damaged/not-its-job', 'what prunes a stale place spares the job that has the id now', async (context) => {
    const { store, client, key } = context
    await push(store, kept('a'))
    await settleAll(store, await claim(store), completed)
    await client.zadd(key('email:completed'), 1, 'a9\ta')
    assert.deepEqual(await store.prune({ limit: 10, maxDeadPerName: 10 }), { pruned: 1 })
    assert.equal((await store.get({ ids: ['a'] }))[0]?.state, 'completed')
  }),
]
