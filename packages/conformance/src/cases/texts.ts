import assert from 'node:assert/strict'
import type { Store } from '@goscheds/core'
import { aJob } from '../a-job.js'
import { coreCase, fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, look, promote, reap } from '../moves.js'
import { completed, completedKept, retryNow } from '../settlements.js'

/** Texts that a careless format would cut, split, escape twice or turn into something else. */
export const oddTexts: readonly string[] = [
  '',
  ' ',
  'tab\tnewline\nreturn\r\nend',
  'nul\u0000in the middle\u0000',
  'quotes " \' ` backslash \\ percent %s %d dollar $1 ${x}',
  '{"json":[1,2.5,null,true,{"deep":"\\u0000"}]}',
  'emoji 👩‍👩‍👧‍👦 é ñ 漢字 \u2028 \u2029 \ufeff',
  '[]',
  'null',
  '1e400',
  '-0',
  '__proto__',
  'a:b|c,d;e\u001ff\u001eg',
]

const oddIds: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'a:b',
  'a::b',
  ':',
  'with spaces',
  ' leading and trailing ',
  '0',
  '-1',
  '1e3',
  'null',
  'order/42?x=1&y=%20#z',
  'ключ-鍵-🔑',
  '"quoted" \\ and \'single\'',
  'a|b,c;d*e[f]',
  'x'.repeat(256),
]

/** What ids, names and payloads may contain: anything that core lets through. */
export const textCases: readonly ConformanceCase[] = [
  coreCase('texts/payload', 'a payload may be any text, of any characters', async ({ store }) => {
    const jobs = oddTexts.map((payload) => aJob({ payload }))
    await enqueue(store, jobs)
    assert.deepEqual(
      (await claim(store)).map(({ payload }) => payload),
      oddTexts,
    )
  }),

  coreCase('texts/options', 'the store keeps the options as they are', async ({ store }) => {
    await enqueue(
      store,
      oddTexts.map((options) => aJob({ options })),
    )
    assert.deepEqual(
      (await claim(store)).map(({ options }) => options),
      oddTexts,
    )
  }),

  coreCase('texts/payload-of-a-mebibyte', 'a payload may be of a mebibyte', async ({ store }) => {
    const payload = `"${'goscheds '.repeat(116_508)}"`
    const claimed = await claimNew(store, aJob({ payload }))
    assert.ok(claimed.payload === payload, 'the large payload came back changed')
  }),

  coreCase('texts/survive-a-run', 'texts survive a retry and a recovery', async ({ store, harness }) => {
    const payload = oddTexts.join('')
    const first = await claimNew(store, aJob({ payload, options: payload }))
    await finish(store, first, { ...retryNow, error: payload })
    await claimOne(store)
    await harness.advance(60_000)
    await reap(store)
    const third = await claimOne(store)
    assert.equal(third.payload, payload)
    assert.equal(third.options, payload)
  }),

  coreCase('texts/ids', 'an id may be any text without control characters and braces', async ({ store, harness }) => {
    await enqueue(
      store,
      oddIds.map((id, index) => aJob({ id, payload: id, ...(index % 2 === 0 ? {} : { delayMs: 1_000 }) })),
    )
    await harness.advance(1_000)
    await promote(store)
    const jobs = await claim(store)
    assert.deepEqual(jobs.map(({ id }) => id).sort(), [...oddIds].sort())
    for (const job of jobs) {
      assert.equal(job.payload, job.id, 'each id kept its own payload')
      assert.deepEqual(await store.extend({ leases: [job], leaseMs: 1_000 }), ['held'], job.id)
      await finish(store, job, completed)
    }
  }),

  coreCase('texts/names', 'a name may be any text, and none shares a queue with another', async (context) => {
    const { store, harness } = context
    const job = (name: string, kind: string) => aJob({ id: `${kind} of ${name.slice(0, 200)}`, name })
    await enqueue(
      store,
      oddIds.map((name) => job(name, 'ready')),
    )
    await enqueue(
      store,
      oddIds.map((name) => ({ ...job(name, 'scheduled'), delayMs: 1_000 })),
    )
    await harness.advance(1_000)
    await promote(store)
    for (const name of oddIds) {
      const jobs = await claim(store, { name })
      assert.deepEqual(
        jobs.map(({ id }) => id),
        [job(name, 'ready').id, job(name, 'scheduled').id],
        `the queue of ${name}`,
      )
      for (const claimed of jobs) assert.equal(claimed.name, name)
    }
  }),

  coreCase('texts/id-like-inner-words', 'ids and names that look alike stay apart', async ({ store }) => {
    const jobs = [aJob({ id: 'a', name: 'b:ready' }), aJob({ id: 'a:b', name: 'ready' }), aJob({ id: 'b', name: 'a' })]
    await enqueue(store, jobs)
    for (const { id, name } of jobs) assert.equal((await claimOne(store, { name })).id, id)
  }),

  fullCase('texts/result-and-error', 'results and errors may be any text', async ({ store }) => {
    for (const text of oddTexts) {
      const ended = await claimNew(store, aJob())
      await finish(store, ended, { ...completedKept, result: text })
      assert.equal((await look(store, ended.id)).result, text)
      const failed = await claimNew(store, aJob())
      await finish(store, failed, { ...retryNow, error: text })
      assert.equal((await look(store, failed.id)).error, text)
      await finish(store, await claimOne(store), completed)
    }
  }),

  fullCase('texts/control-of-odd-ids', 'control and reading find a job by any id', async ({ store }) => {
    await assertUnknown(store)
    await enqueue(
      store,
      oddIds.map((id) => aJob({ id, payload: id, delayMs: 60_000 })),
    )
    for (const id of oddIds) {
      assert.equal((await look(store, id)).payload, id)
      assert.deepEqual(await store.reschedule({ entries: [{ id, delayMs: 30_000 }] }), [
        { status: 'rescheduled', state: 'scheduled' },
      ])
      assert.deepEqual(await store.cancel({ ids: [id] }), [{ status: 'cancelled' }])
    }
    await assertUnknown(store)
  }),
]

async function assertUnknown(store: Store): Promise<void> {
  assert.deepEqual(
    await store.get({ ids: oddIds }),
    oddIds.map(() => null),
    'an id that no job has is unknown, whatever it is',
  )
}
