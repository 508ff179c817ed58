import assert from 'node:assert/strict'
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
  scoresOf,
  settleAll,
} from './script-case.js'

const undecodable = { type: 'dead', reason: 'undecodable', error: 'broken', retentionMs: HOUR } as const

/** The server's clock has microseconds, and what is kept has not: which way each instant is rounded. */
export const fractionCases: readonly ScriptCase[] = [
  scriptCase('fraction/enqueue', 'what is due now is ready, and a delay never ends early (G8)', async (context) => {
    const { store, advance, now } = context
    const whole = await now()
    await advance(0.6)
    await push(store, kept('now'), kept('also-now', { delayMs: 0 }), kept('later', { delayMs: 1 }))
    const [due, also, later] = await store.get({ ids: ['now', 'also-now', 'later'] })
    assert.deepEqual([due?.state, due?.executeAt, due?.enqueuedAt], ['ready', whole, whole])
    assert.deepEqual([also?.state, also?.executeAt], ['ready', whole])
    assert.deepEqual([later?.state, later?.executeAt, later?.enqueuedAt], ['scheduled', whole + 2, whole])
    assert.deepEqual(Object.values(await scoresOf(context, 'scheduled')), [whole + 2])
  }),

  scriptCase('fraction/leases', 'a lease never ends early, whether claimed or extended (G3)', async (context) => {
    const { store, advance, now } = context
    const whole = await now()
    await push(store, kept('a'))
    await advance(0.6)
    const leases = await claim(store)
    assert.deepEqual(Object.values(await scoresOf(context, 'email:active')), [whole + 1 + LEASE_MS])
    await store.extend({ leases, leaseMs: 1_000 })
    assert.deepEqual(Object.values(await scoresOf(context, 'email:active')), [whole + 1 + 1_000])
  }),

  scriptCase('fraction/ends', 'a job ends in the millisecond that has begun', async (context) => {
    const { store, advance, now } = context
    const whole = await now()
    await push(store, kept('a'))
    const leases = await claim(store)
    await advance(0.6)
    await settleAll(store, leases, { type: 'completed', retentionMs: 1 })
    const [job] = await store.get({ ids: ['a'] })
    assert.equal(job?.finishedAt, whole)
    assert.deepEqual(Object.values(await scoresOf(context, 'email:completed')), [whole + 1])
  }),

  scriptCase('fraction/reports', 'a report and an age count whole milliseconds', async (context) => {
    const { store, advance, now } = context
    const whole = await now()
    await push(store, kept('a'))
    assert.equal((await store.counts({}))[0]?.oldestReadyMs, 0)
    await advance(0.6)
    assert.equal((await store.counts({}))[0]?.oldestReadyMs, 0)
    await store.heartbeat({ report: { worker: 'worker-a', lanes: [] }, ttlMs: 1_000 })
    assert.deepEqual(await store.workers(), [
      { worker: 'worker-a', lanes: [], seenAt: whole, expiresAt: whole + 1_000 },
    ])
  }),

  scriptCase('fraction/inboxes', 'an inbox stays registered until after its wait', async (context) => {
    const { store, advance, now, client, key } = context
    const whole = await now()
    await advance(0.6)
    const controller = new AbortController()
    const wait = { name: 'email', worker: 'worker-a', timeoutMs: 10_000, signal: controller.signal }
    const returned = store.waitForReady(wait)
    await push(store, gone('a'))
    await returned
    controller.abort()
    assert.equal(Number(await client.zscore(key('inboxes'), 'email\tworker-a')), whole + 1 + 10_000 + 5_000)
  }),

  scriptCase('fraction/repaired', 'a record that is replaced says when, and how long it is kept', async (context) => {
    const { store, advance, now, damage, client, key } = context
    const whole = await now()
    await push(store, kept('a'), kept('b'))
    const leases = await claim(store)
    for (const id of idsOf(leases)) await damage(id)
    await advance(0.6)
    await settleAll(store, leases.slice(0, 1), undecodable)
    await advance(LEASE_MS)
    await store.reap({ limit: 10, maxRecoveries: 0 })
    const month = 30 * 24 * HOUR
    const text = (stamp: string, at: number): string => `1\t${stamp}\temail\t${at.toString(16)}\t\tdamaged`
    assert.equal(await client.hget(key('jobs'), 'a'), text('a1', whole))
    assert.equal(await client.hget(key('jobs'), 'b'), text('a2', whole + LEASE_MS))
    assert.deepEqual(await scoresOf(context, 'email:dead'), {
      'a1\ta': whole + HOUR,
      'a2\tb': whole + LEASE_MS + month,
    })
  }),

  scriptCase('fraction/holds', 'a hold of a name never ends early', async (context) => {
    const { store, advance, now } = context
    const whole = await now()
    await push(store, kept('a'))
    const leases = await claim(store)
    await advance(0.6)
    await settleAll(store, leases, { type: 'released', delayMs: 0, holdNameMs: 1_000 })
    assert.deepEqual(await scoresOf(context, 'holds'), { email: whole + 1 + 1_000 })
  }),
]
