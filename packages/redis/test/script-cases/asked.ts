import assert from 'node:assert/strict'
import type { ClaimedJob } from '@goscheds/core'
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
  type ScriptCaseContext,
  scriptCase,
  scoresOf,
  settleAll,
} from './script-case.js'

const retryNow = { type: 'retry', delayMs: 0, error: 'no' } as const
const completed = { type: 'completed', retentionMs: 0 } as const

/** What is heard on these channels while something is done. */
async function heardOf(
  { client, key }: ScriptCaseContext,
  channels: readonly string[],
  act: () => Promise<unknown>,
): Promise<string[]> {
  const heard: string[] = []
  const listener = client.duplicate()
  try {
    listener.on('message', (channel: string, message: string) => {
      heard.push(`${channel.slice(key('').length)}: ${message}`)
    })
    await listener.subscribe(...channels.map(key))
    await act()
    // A message of our own comes behind all that the scripts have sent.
    await client.publish(key(channels[0] ?? ''), 'end')
    const end = `${channels[0] ?? ''}: end`
    while (!heard.includes(end)) await new Promise((resolve) => setImmediate(resolve))
    return heard.filter((one) => one !== end)
  } finally {
    listener.disconnect()
  }
}

/** Pauses, expiries, reports, failures and bounds, as they are kept. */
export const askedCases: readonly ScriptCase[] = [
  scriptCase('asked/expiry', 'a job waits to expire until it is claimed, or over', async (context) => {
    const { store, client, key } = context
    const soon = { expiresAt: 5_000_000_000_000 }
    await push(store, ...['a', 'b', 'c', 'd'].map((id) => kept(id, soon)), kept('e', { ...soon, delayMs: HOUR }))
    assert.deepEqual(
      await scoresOf(context, 'expiry'),
      Object.fromEntries(['a1\ta', 'a2\tb', 'a3\tc', 'a4\td', 'a5\te'].map((member) => [member, soon.expiresAt])),
    )
    await settleAll(store, await claim(store, 1), retryNow)
    await store.cancel({ ids: ['b'] })
    await store.remove({ ids: ['c'] })
    await store.reschedule({
      entries: [
        { id: 'a', delayMs: HOUR },
        { id: 'd', delayMs: HOUR },
      ],
    })
    assert.deepEqual(await client.zrange(key('expiry'), '0', '-1'), ['a5\te', 'a7\td'])
  }),

  scriptCase(
    'asked/expired',
    'the reaper ends so many expired jobs, the earliest first, wherever they wait',
    async (context) => {
      const { store, now, advance, client, key } = context
      const at = await now()
      await push(store, kept('popped', { expiresAt: at + 3 }))
      await popped(context, 'worker-a')
      await push(store, kept('ready', { expiresAt: at + 2 }), kept('ordered', { expiresAt: at + 1, priority: 1 }))
      await push(store, kept('scheduled', { expiresAt: at + 4, delayMs: HOUR }), kept('later', { expiresAt: at + 6 }))
      await client.zadd(key('expiry'), at, 'nonsense', at, 'a9\tghost', at, 'a9\tlater')
      await advance(5)
      const reaped = async (limit: number): Promise<string[]> =>
        idsOf((await store.reap({ limit, maxRecoveries: 3 })).expired)
      assert.deepEqual(await reaped(4), ['ordered'])
      assert.deepEqual(await reaped(2), ['ready', 'popped'])
      assert.deepEqual(await reaped(2), ['scheduled'])
      assert.deepEqual(await client.zrange(key('expiry'), '0', '-1'), ['a5\tlater'])
      const [job] = await store.get({ ids: ['ready'] })
      assert.deepEqual([job?.state, job?.deadReason, job?.claims, job?.finishedAt], ['dead', 'expired', 0, at + 5])
      assert.deepEqual(idsOf(await claim(store)), ['later'])
      assert.equal(await client.exists(key('void')), 0)
    },
  ),

  scriptCase(
    'asked/expired-claims',
    'a claim ends a bounded number of expired jobs, and says that there are more',
    async (context) => {
      const { store } = context
      await push(store, ...Array.from({ length: 1_008 }, (_, i) => gone(`job-${i}`, { expiresAt: 1 })))
      const first = await store.claim({ name: 'email', worker: 'worker-a', limit: 7, leaseMs: 1_000 })
      assert.deepEqual([first.jobs, first.more], [[], true])
      assert.equal((await store.counts({}))[0]?.ready, 1)
      const second = await store.claim({ name: 'email', worker: 'worker-a', limit: 7, leaseMs: 1_000 })
      assert.deepEqual([second.jobs, second.more], [[], false])
      await store.prune({ limit: 1, maxDeadPerName: 1 })
      assert.deepEqual(await keysLeft(context), ['generation'])
    },
  ),

  scriptCase(
    'asked/paused',
    'a pause is a field for its name, or the empty one for all, and is told',
    async (context) => {
      const { store, client, key } = context
      await push(store, gone('a'), gone('b'))
      await popped(context, 'worker-a')
      const heard = await heardOf(context, ['hints', 'email:ready'], async () => {
        await store.setPaused({ names: ['email', 'sms'], paused: true })
        await store.setPaused({ paused: true })
        await store.setPaused({ names: ['sms'], paused: false })
      })
      assert.deepEqual(heard, ['hints: control\temail', 'hints: control\tsms', 'hints: control', 'hints: control\tsms'])
      assert.deepEqual((await client.hkeys(key('control'))).sort(), ['', 'email'])
      const held = { jobs: [], more: false, held: 'paused' }
      const claimed = { name: 'email', worker: 'worker-a', limit: 5, leaseMs: 1_000 }
      assert.deepEqual(await store.claim(claimed), held)
      assert.deepEqual(await client.lrange(key('email:ready'), 0, -1), ['a2\t0\tb\temail', 'a1\t0\ta\temail'])
      await store.setPaused({ paused: false })
      assert.deepEqual(await store.claim(claimed), held)
      await store.setPaused({ names: ['email'], paused: false })
      assert.equal(await client.exists(key('control')), 0)
      assert.deepEqual(idsOf(await claim(store)), ['a', 'b'])
    },
  ),

  scriptCase(
    'asked/told',
    'the end of a job is told unless it completes without a trace, a cancel request always',
    async (context) => {
      const { store, advance } = context
      const ids = ['completed', 'kept', 'dead', 'reaped', 'cancelled', 'removed', 'active']
      const channels = ['hints', ...ids.map((id) => `finished\t${id}`)]
      const heard = await heardOf(context, channels, async () => {
        await push(store, ...ids.map((id) => gone(id)))
        const leases = await claim(store, 4)
        const of = (id: string): ClaimedJob[] => leases.filter((lease) => lease.id === id)
        await settleAll(store, of('completed'), completed)
        await settleAll(store, of('kept'), { type: 'completed', retentionMs: 1 })
        await settleAll(store, of('dead'), { type: 'dead', reason: 'attempts', error: 'no', retentionMs: 0 })
        await store.cancel({ ids: ['cancelled'] })
        await store.remove({ ids: ['removed'] })
        await claim(store)
        await store.cancel({ ids: ['active'] })
        await advance(HOUR)
        await store.reap({ limit: 10, maxRecoveries: 0 })
      })
      const ends = ['kept', 'dead', 'cancelled', 'removed', 'active', 'reaped'].map((id) => `finished\t${id}: `)
      assert.deepEqual([...heard].sort(), [...ends, 'hints: cancel\tactive'].sort())
    },
  ),

  scriptCase('asked/reports', 'the last report is kept, and of the log the last hundred lines', async (context) => {
    const { store, client, key } = context
    await push(store, gone('a'), gone('b'), gone('c'))
    const [a, b, c] = await claim(store)
    assert.ok(a && b && c)
    await settleAll(store, [b], retryNow)
    const lines = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => `line ${from + i}`)
    const entries = [
      { lease: a, progress: '', checkpoint: '=', lines: lines(0, 60) },
      { lease: b, progress: '9', checkpoint: '9', lines: ['lost'] },
      { lease: a, progress: '2', lines: lines(60, 60) },
      { lease: c, lines: [] },
      { lease: c, progress: '7' },
    ]
    assert.deepEqual(await store.report({ entries }), ['reported', 'lost', 'reported', 'reported', 'reported'])
    assert.deepEqual(await client.hgetall(key('progress')), { a: '2', c: '7' })
    assert.deepEqual(await client.hgetall(key('checkpoints')), { a: '=' })
    assert.deepEqual(await client.hgetall(key('logged')), { a: '' })
    assert.deepEqual(await client.lrange(key('log\ta'), 0, -1), lines(20, 100))
    const [shown] = await store.get({ ids: ['a'] })
    assert.deepEqual([shown?.progress, shown?.checkpoint, shown?.log], ['2', '=', lines(20, 100)])
    await settleAll(store, [a, c], completed)
    assert.deepEqual(await keysLeft(context), [
      'email:ready',
      'errors',
      'failures',
      'generation',
      'jobs',
      'names',
      'pushed',
      'runs',
    ])
  }),

  scriptCase(
    'asked/failures',
    'the last ten failures are kept, the latest first, whatever their texts hold',
    async (context) => {
      const { store, client, key, now, advance } = context
      await push(store, kept('a'))
      const errors = Array.from({ length: 12 }, (_, i) => `${i}\n1 2 3\n${'é'.repeat(i)}`)
      await advance(0.5)
      const at = Math.floor(await now())
      for (const error of errors) await settleAll(store, await claim(store), { type: 'retry', delayMs: 0, error })
      assert.deepEqual(
        (await store.get({ ids: ['a'] }))[0]?.failures,
        errors.map((error, i) => ({ attempt: i + 1, at, error })).slice(2),
      )
      await client.hset(key('failures'), 'a', '1\n7 8 2\nnonsense')
      assert.deepEqual((await store.get({ ids: ['a'] }))[0]?.failures, [{ attempt: 7, at: 8, error: 'no' }])
      await settleAll(store, await claim(store), { type: 'dead', reason: 'attempts', error: 'last', retentionMs: HOUR })
      assert.equal(await client.hget(key('failures'), 'a'), `1\n13 ${at} 4\nlast7 8 2\nno`)
    },
  ),

  scriptCase('asked/bounds', 'a bound drops those whose retention ends first, a hundred at a time', async (context) => {
    const { store, client, key } = context
    const end = async (count: number, from: number, maxCount?: number): Promise<void> => {
      await push(store, ...Array.from({ length: count }, (_, i) => gone(`job-${from + i}`)))
      const leases = await claim(store, count)
      for (const [i, lease] of leases.entries()) {
        const settlement = {
          type: 'completed',
          retentionMs: HOUR + from + i,
          ...(maxCount !== undefined && { maxCount }),
        } as const
        await settleAll(store, [lease], settlement)
      }
    }
    const left = async (): Promise<number> => await client.zcard(key('email:completed'))
    await end(205, 0)
    await end(1, 205, 5)
    assert.equal(await left(), 106)
    await end(1, 206, 5)
    assert.equal(await left(), 7)
    await end(1, 207, 5)
    assert.deepEqual(
      await client.zrange(key('email:completed'), '0', '-1'),
      ['a204\tjob-203', 'a205\tjob-204', 'a206\tjob-205', 'a207\tjob-206', 'a208\tjob-207'].map((one) =>
        one.replace(/^a/, 'c'),
      ),
    )
    assert.deepEqual((await client.hkeys(key('jobs'))).sort(), ['job-203', 'job-204', 'job-205', 'job-206', 'job-207'])
  }),

  scriptCase(
    'asked/bounds-of-a-batch',
    'ends of one call with different bounds are cut one after another',
    async (context) => {
      const { store, client, key } = context
      await push(store, ...['a', 'b', 'c', 'd', 'e', 'f'].map((id) => gone(id)))
      const leases = await claim(store)
      const bounds = [undefined, 3, 3, undefined, 2, 4]
      await store.settle({
        entries: leases.map((lease, i) => {
          const maxCount = bounds[i]
          const settlement = {
            type: 'completed',
            retentionMs: HOUR + i,
            ...(maxCount !== undefined && { maxCount }),
          } as const
          return { lease, settlement }
        }),
      })
      assert.deepEqual(await client.zrange(key('email:completed'), '0', '-1'), ['a4\td', 'a5\te', 'a6\tf'])
    },
  ),

  scriptCase(
    'asked/bounds-apart',
    'ends with the same bound that are not side by side are cut apart',
    async (context) => {
      const { store, client, key } = context
      await push(store, ...['a', 'b', 'c'].map((id) => gone(id)))
      const settlement = { type: 'completed', retentionMs: HOUR } as const
      const entries = (await claim(store)).map((lease, i) => {
        return { lease, settlement: i === 1 ? settlement : { ...settlement, maxCount: 1 } }
      })
      await store.settle({ entries })
      assert.deepEqual(await client.zrange(key('email:completed'), '0', '-1'), ['a3\tc'])
      await push(store, gone('d'), gone('e'))
      await settleAll(store, await claim(store), { ...settlement, maxCount: 1 })
      assert.deepEqual(await client.zrange(key('email:completed'), '0', '-1'), ['a5\te'])
    },
  ),
]
