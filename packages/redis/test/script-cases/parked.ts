import assert from 'node:assert/strict'
import type { UniqueKey } from '@goscheds/core'
import { claim, gone, idsOf, kept, push, type ScriptCase, scriptCase, scoresOf, settleAll } from './script-case.js'

const unique: UniqueKey = { key: 'ada', until: 'finished', onConflict: 'ignore' }
const runAgain: UniqueKey = { ...unique, onConflict: 'runAgain' }
const untilStarted: UniqueKey = { ...unique, until: 'started' }
const completed = { type: 'completed', retentionMs: 0 } as const
const retryNow = { type: 'retry', delayMs: 0, error: 'no' } as const

/** Where the holders of keys are written down, and what waits for them. */
export const parkedCases: readonly ScriptCase[] = [
  scriptCase(
    'parked/places',
    'a parked job is in the scheduled set and the index, until it is woken',
    async (context) => {
      const { store, client, key } = context
      await push(store, gone('a', { unique }))
      const [lease] = await claim(store)
      assert.ok(lease)
      await push(store, gone('b', { unique: runAgain }))
      assert.deepEqual(await client.zrange(key('scheduled'), '0', '-1', 'WITHSCORES'), ['a2\t0\tb\temail', 'inf'])
      assert.deepEqual(await client.zrange(key('parked'), '0', '-1'), ['email\tada\ta2\t0\tb'])
      assert.deepEqual(await client.hgetall(key('scheduled-counts')), { email: '1' })
      assert.deepEqual(await client.hgetall(key('unique')), { 'email\tada': '1\ta1\ta\tfinished\t' })
      await settleAll(store, [lease], completed)
      assert.deepEqual(await client.hgetall(key('unique')), { 'email\tada': '1\ta2\tb\tfinished\t' })
      assert.deepEqual([await client.exists(key('scheduled')), await client.exists(key('parked'))], [0, 0])
      assert.deepEqual(await client.hgetall(key('scheduled-counts')), { email: '0' })
      assert.deepEqual(await client.lrange(key('email:ready'), 0, -1), ['a2\t0\tb\temail'])
    },
  ),

  scriptCase(
    'parked/stale',
    'what a hand has taken out of the scheduled set is not woken, and the next is',
    async (context) => {
      const { store, client, key } = context
      await push(store, kept('a', { unique: untilStarted }))
      const [a] = await claim(store)
      await push(store, kept('b', { unique: untilStarted }))
      const [b] = await claim(store)
      await push(store, kept('c', { unique: untilStarted }))
      assert.ok(a && b)
      await settleAll(store, [a, b], retryNow)
      // As a release does that knows of no keys.
      await client.zrem(key('scheduled'), 'a1\t1\ta\temail')
      await client.hincrby(key('scheduled-counts'), 'email', -1)
      await client.hdel(key('jobs'), 'a')
      assert.deepEqual(idsOf(await claim(store)), ['c'])
      assert.deepEqual(idsOf(await claim(store)), ['b'])
      assert.deepEqual([await client.exists(key('parked')), await client.exists(key('unique'))], [0, 0])
      assert.deepEqual(await client.hgetall(key('scheduled-counts')), { email: '0' })
    },
  ),

  scriptCase(
    'parked/many-stale',
    'of many such places a bounded number is passed, and the key is free',
    async (context) => {
      const { store, client, key } = context
      await push(store, gone('a', { unique }))
      const members = Array.from({ length: 500 }, (_, i) => `email\tada\ta${i % 10}\t0\tghost-${i}`)
      await client.zadd(key('parked'), ...members.flatMap((member) => [0, member]))
      await settleAll(store, await claim(store), completed)
      assert.equal(await client.exists(key('unique')), 0)
      assert.equal(await client.zcard(key('parked')), 400)
      assert.deepEqual(await store.enqueue({ jobs: [gone('b', { unique })] }), [{ status: 'added', id: 'b' }])
    },
  ),

  scriptCase('parked/ordered', 'a woken job of a priority goes to the places of that priority', async (context) => {
    const { store, client, key } = context
    await push(store, gone('a', { unique }))
    const leases = await claim(store)
    await push(store, gone('b', { unique: runAgain, priority: 3 }))
    await settleAll(store, leases, completed)
    assert.deepEqual(await client.zrange(key('email:ordered'), '0', '-1'), ['a2\t0\tb\temail'])
    assert.deepEqual(idsOf(await claim(store)), ['b'])
  }),

  scriptCase(
    'parked/healed',
    'a hold whose job is over is freed by a push, for what is parked first',
    async (context) => {
      const { store, client, key } = context
      const pushed = async (id: string): Promise<unknown> => (await store.enqueue({ jobs: [gone(id, { unique })] }))[0]
      // As a release leaves it behind that knows of no keys.
      await client.hset(key('unique'), 'email\tada', '1\ta9\tghost\tfinished\t')
      assert.deepEqual(await pushed('a'), { status: 'added', id: 'a' })
      assert.deepEqual(await client.hgetall(key('unique')), { 'email\tada': '1\ta1\ta\tfinished\t' })
      const leases = await claim(store)
      await push(store, gone('b', { unique: runAgain }))
      await client.hset(key('unique'), 'email\tada', '1\ta9\ta\tfinished\t')
      assert.deepEqual(await pushed('c'), { status: 'duplicate', id: 'b' })
      assert.deepEqual(await client.hgetall(key('unique')), { 'email\tada': '1\ta2\tb\tfinished\t' })
      assert.deepEqual([await client.exists(key('scheduled')), await client.exists(key('parked'))], [0, 0])
      await settleAll(store, leases, completed)
      assert.deepEqual(idsOf(await claim(store)), ['b'])
    },
  ),

  scriptCase(
    'parked/healed-and-replaced',
    'what was parked behind such a hold can be replaced at once',
    async (context) => {
      const { store, client, key } = context
      await push(store, gone('a', { unique }))
      await claim(store)
      await push(store, gone('b', { unique: runAgain }))
      await client.hset(key('unique'), 'email\tada', '1\ta9\tghost\tfinished\t')
      const replacing = gone('c', { unique: { ...unique, onConflict: 'replace' } })
      assert.deepEqual(await store.enqueue({ jobs: [replacing] }), [{ status: 'replaced', id: 'c', replacedId: 'b' }])
      assert.deepEqual(await client.hgetall(key('scheduled-counts')), { email: '0' })
      assert.deepEqual(idsOf(await claim(store)), ['c'])
      assert.equal(await client.exists(key('void')), 0)
    },
  ),

  scriptCase('parked/healed-finished', 'so is one whose job has finished and is kept', async (context) => {
    const { store, client, key } = context
    await push(store, kept('a', { unique }))
    await settleAll(store, await claim(store), { type: 'dead', reason: 'attempts', error: 'no', retentionMs: 1_000 })
    await client.hset(key('unique'), 'email\tada', '1\ta1\ta\tfinished\t')
    assert.deepEqual(await store.redrive({ ids: ['a'] }), [{ status: 'redriven' }])
    await settleAll(store, await claim(store), { type: 'dead', reason: 'attempts', error: 'no', retentionMs: 1_000 })
    await client.hset(key('unique'), 'email\tada', '1\ta1\ta\tfinished\t')
    assert.deepEqual(await store.enqueue({ jobs: [gone('b', { unique })] }), [{ status: 'added', id: 'b' }])
  }),

  scriptCase(
    'parked/damaged',
    'a parked job whose extras cannot be read can be removed, and the key goes on',
    async (context) => {
      const { store, client, key } = context
      await push(store, gone('a', { unique }))
      const leases = await claim(store)
      await push(store, gone('b', { unique: runAgain }))
      await client.hset(key('extras'), 'b', 'damaged')
      assert.deepEqual(await store.remove({ ids: ['b'] }), [{ status: 'removed', state: 'scheduled' }])
      await push(store, gone('c', { unique: runAgain }))
      await settleAll(store, leases, completed)
      assert.deepEqual(idsOf(await claim(store)), ['c'])
      assert.equal(await client.exists(key('parked')), 0)
    },
  ),

  scriptCase(
    'parked/in-one-call',
    'what a call parks it may wake as well, the lowest generation first',
    async (context) => {
      const { store, client, key } = context
      for (const first of [0, 1]) {
        const [one, two, holder] = ['one', 'two', 'holder'].map((id) =>
          gone(`${id}-${first}`, { unique: id === 'holder' ? unique : untilStarted }),
        )
        assert.ok(one && two && holder)
        await push(store, one)
        const [leaseOne] = await claim(store)
        await push(store, two)
        const [leaseTwo] = await claim(store)
        await push(store, holder)
        const [held] = await claim(store)
        assert.ok(leaseOne && leaseTwo && held)
        const inIndex = first === 0 ? leaseOne : leaseTwo
        const inCall = first === 0 ? leaseTwo : leaseOne
        await settleAll(store, [inIndex], retryNow)
        await store.settle({
          entries: [
            { lease: inCall, settlement: retryNow },
            { lease: held, settlement: completed },
          ],
        })
        assert.deepEqual(idsOf(await claim(store, 1)), [one.id])
        assert.deepEqual(await client.hgetall(key('scheduled-counts')), { email: '0' })
        assert.deepEqual(idsOf(await claim(store, 1)), [two.id])
        assert.deepEqual([await client.exists(key('scheduled')), await client.exists(key('parked'))], [0, 0])
      }
    },
  ),

  scriptCase('parked/alone-in-one-call', 'also where nothing else is parked', async (context) => {
    const { store, client, key } = context
    await push(store, gone('a', { unique: untilStarted }))
    const [a] = await claim(store)
    await push(store, gone('b', { unique }))
    const [b] = await claim(store)
    assert.ok(a && b)
    await store.settle({
      entries: [
        { lease: a, settlement: retryNow },
        { lease: b, settlement: completed },
      ],
    })
    assert.deepEqual(await client.hgetall(key('unique')), { 'email\tada': '1\ta1\ta\tstarted\t' })
    assert.deepEqual(idsOf(await claim(store)), ['a'])
    assert.deepEqual([await client.exists(key('scheduled')), await client.exists(key('unique'))], [0, 0])
  }),

  scriptCase('parked/end', 'a time to live never ends early', async (context) => {
    const { store, advance, now } = context
    await advance(0.5)
    await push(store, gone('a', { unique: { ...unique, until: { ttlMs: 10 } } }))
    assert.deepEqual(await scoresOf(context, 'unique-ends'), { 'email\tada': Math.ceil(await now()) + 10 })
    const leases = await claim(store)
    await advance(20)
    await settleAll(store, leases, retryNow)
    assert.deepEqual(await store.enqueue({ jobs: [gone('b', { unique })] }), [{ status: 'added', id: 'b' }])
  }),
]
