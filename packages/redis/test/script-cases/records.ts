import assert from 'node:assert/strict'
import { gone, kept, push, type ScriptCase, scriptCase, scoresOf } from './script-case.js'

const MONTH = 30 * 86_400_000
const byDefault = { retention: { completedMs: 0, deadMs: MONTH }, options: '' }

/** What the record of a job says, and what it leaves out as it goes without saying. */
export const recordCases: readonly ScriptCase[] = [
  scriptCase('record/defaults', 'a record says nothing of what is as by default', async (context) => {
    const { store, client, key, now } = context
    const at = (await now()).toString(16)
    await push(store, kept('a', { ...byDefault, payload: '1' }), kept('b', { ...byDefault, payload: ',0,0,0\t' }))
    assert.deepEqual(await client.hgetall(key('jobs')), {
      a: `1\ta1\temail\t${at}\t\t1`,
      b: `1\ta2\temail\t${at}\t\t,0,0,0\t`,
    })
    const jobs = await store.get({ ids: ['a', 'b'] })
    assert.deepEqual(
      jobs.map((job) => [job?.options, job?.payload]),
      [
        ['', '1'],
        ['', ',0,0,0\t'],
      ],
    )
  }),

  scriptCase('record/asked', 'a record says what differs, be it one of the three', async (context) => {
    const { store, client, key, now } = context
    const at = (await now()).toString(16)
    await push(
      store,
      gone('a', { options: '', payload: '1' }),
      kept('b', { retention: { completedMs: 1, deadMs: MONTH }, options: '', payload: '2' }),
      kept('c', { ...byDefault, options: '{"a":1}', payload: '3' }),
    )
    assert.deepEqual(await client.hgetall(key('jobs')), {
      a: `1\ta1\temail\t${at}\t,0,0,0\t1`,
      b: `1\ta2\temail\t${at}\t,1,${MONTH},0\t2`,
      c: `1\ta3\temail\t${at}\t,0,${MONTH},7\t{"a":1}3`,
    })
    const [, , job] = await store.get({ ids: ['a', 'b', 'c'] })
    assert.deepEqual([job?.options, job?.payload], ['{"a":1}', '3'])
  }),

  scriptCase('record/retention', 'the scripts know what a record leaves out', async (context) => {
    const { store, advance, now } = context
    const at = await now()
    await push(store, kept('a', { ...byDefault, expiresAt: at + 1 }), kept('b', byDefault))
    await advance(1)
    await store.reap({ limit: 10, maxRecoveries: 0 })
    assert.deepEqual(await scoresOf(context, 'email:dead'), { 'a1\ta': at + 1 + MONTH })
    await store.cancel({ ids: ['b'] })
    assert.deepEqual(await store.get({ ids: ['b'] }), [null])
  }),

  scriptCase('record/any-text', 'a payload can be any text, whatever stands beside it', async (context) => {
    const { store } = context
    const texts = [
      '',
      '\n',
      '\n\n',
      'a\n',
      '\na',
      '\n1',
      '\n1\n2',
      'a\n1',
      '1',
      '\t',
      '\0',
      'é😀',
      '\n',
      ',1,2,3\t',
      '\n3\n',
    ]
    const jobs = texts.map((payload, n) => kept(`job-${n}`, { ...byDefault, payload }))
    for (const some of [jobs, ...jobs.map((job) => [{ ...job, id: `only-${job.id}` }])]) {
      await push(store, ...some)
      assert.deepEqual(
        (await store.get({ ids: some.map(({ id }) => id) })).map((job) => job?.payload),
        some.map(({ payload }) => payload),
      )
    }
  }),

  scriptCase('record/due', 'any instant that a Date can have comes back as it was', async (context) => {
    const { store, client, key, now } = context
    const at = await now()
    const instants = [at - 1, at, at + 0x7f_ffff, at + 0x100_0000, at + 0x100_000f, 8.64e15, -8.64e15, 0]
    const ids = instants.map(String)
    await push(store, ...instants.map((executeAt) => kept(String(executeAt), { executeAt })))
    const seen = await store.get({ ids })
    assert.deepEqual(
      seen.map((job) => [job?.executeAt, job?.enqueuedAt]),
      instants.map((instant) => [instant, at]),
    )
    assert.deepEqual(
      (await client.hmget(key('jobs'), ...ids.slice(0, 5))).map((text) => text?.split(/[\t,]/)[4]),
      ['-1', '', '7fffff', '1000000', '100000f'],
    )
    // Rewritten by a script, which reads it first.
    await store.cancel({ ids })
    assert.deepEqual(
      (await store.get({ ids })).map((job) => job?.executeAt),
      instants,
    )
  }),
]
