import assert from 'node:assert/strict'
import type { ClaimedJob, SettleEntry, SettleOutcome, Store } from '@goscheds/core'
import {
  claim,
  gone,
  HOUR,
  idsOf,
  keysLeft,
  kept,
  push,
  type ScriptCase,
  type ScriptCaseContext,
  scriptCase,
  settleAll,
} from './script-case.js'

const completed = { type: 'completed', retentionMs: 0 } as const
const completedKept = { type: 'completed', retentionMs: HOUR, result: '"done"' } as const
const retryNow = { type: 'retry', delayMs: 0, error: 'no' } as const

const ended: SettleOutcome = { status: 'settled', state: 'completed' }
const lost: SettleOutcome = { status: 'lost' }

const settle = (store: Store, ...entries: readonly SettleEntry[]): Promise<readonly SettleOutcome[]> =>
  store.settle({ entries })

/** How plain jobs end, which takes a shorter way, and what stands beside them. */
export const plainSettleCases: readonly ScriptCase[] = [
  scriptCase('plain-settles/names-in-turn', 'jobs of two names end in turn, in one call', async (context) => {
    const { store } = context
    for (const name of ['email', 'sms'])
      await push(store, ...['a', 'b', 'c'].map((id) => gone(`${name}-${id}`, { name })))
    const [mails, texts] = [await claim(store), await claim(store, 100, 'worker-a', 'sms')]
    const leases = mails.flatMap((mail, i) => [mail, ...texts.slice(i, i + 1)])
    assert.deepEqual(idsOf(leases), ['email-a', 'sms-a', 'email-b', 'sms-b', 'email-c', 'sms-c'])
    const entries = leases.map((lease) => ({ lease, settlement: completed }))
    assert.deepEqual(await settle(store, ...entries), Array<SettleOutcome>(6).fill(ended))
    assert.deepEqual(await keysLeft(context), ['generation', 'names', 'pushed'])
  }),

  scriptCase('plain-settles/twice', 'a lease that is there twice is lost the second time', async (context) => {
    const { store } = context
    for (const settlement of [completed, completedKept]) {
      await push(store, gone('a'), gone('b'), gone('other', { name: 'sms' }))
      const [a, b] = await claim(store)
      const [other] = await claim(store, 1, 'worker-a', 'sms')
      assert.ok(a && b && other)
      const entries = [a, a, b, other, a, b].map((lease) => ({ lease, settlement }))
      assert.deepEqual(await settle(store, ...entries), [ended, lost, ended, ended, lost, lost])
      assert.equal((await store.reap({ limit: 10, maxRecoveries: 0 })).reaped.length, 0)
      await store.remove({ ids: ['a', 'b', 'other'] })
    }
    assert.deepEqual(await keysLeft(context), ['generation', 'names', 'pushed'])
  }),

  scriptCase('plain-settles/twice-otherwise', 'so is one that is to end in two ways', async (context) => {
    const { store } = context
    await push(store, gone('a'), gone('b'))
    const [a, b] = await claim(store)
    assert.ok(a && b)
    const outcomes = await settle(
      store,
      ...[
        { lease: a, settlement: retryNow },
        { lease: b, settlement: completed },
        { lease: a, settlement: completed },
        { lease: b, settlement: retryNow },
      ],
    )
    assert.deepEqual(outcomes, [{ status: 'settled', state: 'ready' }, ended, lost, lost])
    assert.deepEqual(
      (await claim(store)).map(({ id, attempts }) => [id, attempts]),
      [['a', 1]],
    )
  }),

  scriptCase('plain-settles/thousands', 'more leases than fit into one run end, each once', async (context) => {
    const { store } = context
    const ids = Array.from({ length: 2_001 }, (_, i) => `job-${i}`)
    await push(store, ...ids.map((id) => gone(id)))
    const leases = [...(await claim(store, 1_000)), ...(await claim(store, 1_001))]
    assert.deepEqual(idsOf(leases), ids)
    const entries = [...leases, ...leases.slice(-1)].map((lease) => ({ lease, settlement: completed }))
    assert.deepEqual(await settle(store, ...entries), [...Array<SettleOutcome>(2_001).fill(ended), lost])
    assert.deepEqual(await keysLeft(context), ['generation', 'names', 'pushed'])
  }),

  scriptCase(
    'plain-settles/one-lost',
    'one lost lease among current ones changes nothing of theirs',
    async (context) => {
      const { store } = context
      await push(store, gone('a'), gone('b'), gone('c'))
      const [a, b, c] = await claim(store)
      assert.ok(a && b && c)
      await settleAll(store, [b], retryNow)
      const entries = [a, b, c].map((lease) => ({ lease, settlement: completed }))
      assert.deepEqual(await settle(store, ...entries), [ended, lost, ended])
      assert.deepEqual(
        (await store.get({ ids: ['a', 'b', 'c'] })).map((job) => job?.state),
        [undefined, 'ready', undefined],
      )
    },
  ),

  scriptCase(
    'plain-settles/leaves-no-run',
    'a job that has failed and then completes leaves nothing, and others keep theirs',
    async (context) => {
      const { store, client, key } = context
      await push(store, gone('a'), gone('b'), gone('c'))
      await settleAll(store, (await claim(store)).slice(0, 2), retryNow)
      const [a, b] = await claim(store)
      assert.deepEqual([a?.id, b?.id], ['a', 'b'])
      const [c] = (await store.get({ ids: ['c'] })).flatMap((job) =>
        job === null ? [] : [{ ...job, fence: { generation: job.generation, claim: job.claims } }],
      )
      assert.ok(a && b && c)
      const entries = [a, c].map((lease) => ({ lease, settlement: completed }))
      assert.deepEqual(await settle(store, ...entries), [ended, ended])
      for (const hash of ['runs', 'errors', 'failures']) assert.deepEqual(await client.hkeys(key(hash)), ['b'], hash)
      await settleAll(store, [b], completed)
      assert.deepEqual(await keysLeft(context), ['generation', 'names', 'pushed'])
    },
  ),

  scriptCase(
    'plain-settles/leaves-no-result',
    'nor does one that had completed and was kept leave it to its next life',
    async (context) => {
      const { store, client, key } = context
      await push(store, kept('a'), kept('b'))
      await settleAll(store, await claim(store), completedKept)
      await store.remove({ ids: ['a'] })
      await push(store, gone('a'))
      // As a record of an earlier life would lie there that something else has left behind.
      await client.hset(key('results'), 'a', '"old"')
      await settleAll(store, await claim(store), completed)
      assert.deepEqual(await client.hkeys(key('results')), ['b'])
    },
  ),

  scriptCase(
    'plain-settles/one-thing',
    'one thing that is kept of a job beside its record goes with it',
    async (context) => {
      const { store } = context
      const things: Readonly<Record<string, (lease: ClaimedJob) => Promise<unknown>>> = {
        progress: (lease) => store.report({ entries: [{ lease, progress: '50' }] }),
        checkpoints: (lease) => store.report({ entries: [{ lease, checkpoint: '"half"' }] }),
        logged: (lease) => store.report({ entries: [{ lease, lines: ['begun'] }] }),
        cancels: ({ id }) => store.cancel({ ids: [id] }),
        limits: () => store.setLimits({ name: 'email', limits: { concurrency: 5 } }),
      }
      for (const [key, keep] of Object.entries(things)) {
        await push(store, gone('a'))
        const [lease] = await claim(store)
        assert.ok(lease)
        await keep(lease)
        assert.ok((await keysLeft(context)).includes(key), key)
        assert.deepEqual(await settle(store, { lease, settlement: completed }), [ended], key)
        const left = key === 'limits' ? ['generation', 'limits', 'names', 'pushed'] : ['generation', 'names', 'pushed']
        assert.deepEqual(await keysLeft(context), left, key)
      }
    },
  ),

  scriptCase(
    'plain-settles/free-slots',
    'whoever waits for a slot of its name is told once that one is free',
    async (context) => {
      const { store } = context
      for (const settlement of [completed, retryNow]) {
        await store.setLimits({ name: 'email', limits: { concurrency: 3 } })
        await push(store, ...['a', 'b', 'c', 'd'].map((id) => gone(id)))
        await push(store, gone('other', { name: 'sms' }))
        const [a, b, c] = await claim(store)
        const [other] = await claim(store, 1, 'worker-a', 'sms')
        assert.ok(a && b && c && other)
        const end = (...leases: readonly ClaimedJob[]) =>
          hintsDuring(context, () => settleAll(store, leases, settlement))
        assert.deepEqual(await end(other), [], 'a name without limits')
        assert.deepEqual(await end(a, b), ['control\temail'], 'two ended of those at their concurrency')
        assert.deepEqual(await end(a), [], 'a lease that is lost')
        assert.deepEqual(await end(c), [], 'a slot was free before')
        await store.remove({ ids: ['a', 'b', 'c', 'd', 'other'] })
      }
    },
  ),
]

/** What the namespace was told by hints while something was done, in order. */
async function hintsDuring({ client, key }: ScriptCaseContext, run: () => Promise<unknown>): Promise<string[]> {
  const listener = client.duplicate()
  try {
    const heard: string[] = []
    await listener.subscribe(key('hints'))
    const over = new Promise<void>((resolve) => {
      listener.on('message', (_channel, hint) => (hint === 'over' ? resolve() : heard.push(hint)))
    })
    await run()
    await client.publish(key('hints'), 'over')
    await over
    return heard
  } finally {
    listener.disconnect()
  }
}
