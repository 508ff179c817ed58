import assert from 'node:assert/strict'
import type { Store, StoreHint } from '@goscheds/core'
import { aJob } from '../a-job.js'
import { type ConformanceCase, fullCase } from '../conformance-case.js'
import { claim, claimNew, enqueue, finish, idsOf, LEASE_MS, only, promote, reap } from '../moves.js'
import { completed } from '../settlements.js'
import { beginWait, soon } from '../waiting.js'

const names = ['email']

/** `setPaused`. */
export const pauseCases: readonly ConformanceCase[] = [
  fullCase('pause/name', 'a paused name hands out nothing, and others do', async ({ store }) => {
    const [mail, fax] = [aJob(), aJob({ name: 'fax' })]
    await enqueue(store, [mail, fax])
    await store.setPaused({ names, paused: true })
    assert.deepEqual(await claimed(store), { jobs: [], more: false, held: 'paused' })
    assert.deepEqual(idsOf(await claim(store, { name: 'fax' })), [fax.id])
    await store.setPaused({ names, paused: false })
    assert.deepEqual(idsOf(await claim(store)), [mail.id])
  }),

  fullCase('pause/namespace', 'a paused namespace hands out nothing of any name', async ({ store }) => {
    const jobs = [aJob(), aJob({ name: 'fax' })]
    await enqueue(store, jobs)
    await store.setPaused({ paused: true })
    for (const name of ['email', 'fax', 'unheard-of']) assert.equal((await claimed(store, name)).held, 'paused')
    await store.setPaused({ paused: false })
    for (const { id, name } of jobs) assert.deepEqual(idsOf(await claim(store, { name })), [id])
  }),

  fullCase('pause/apart', 'a name and the namespace are paused apart from each other', async ({ store }) => {
    await store.setPaused({ names, paused: true })
    await store.setPaused({ paused: true })
    await store.setPaused({ paused: false })
    assert.equal((await claimed(store)).held, 'paused')
    assert.equal((await claimed(store, 'fax')).held, undefined)
    await store.setPaused({ paused: true })
    await store.setPaused({ names, paused: false })
    assert.equal((await claimed(store)).held, 'paused')
    await store.setPaused({ paused: false })
    assert.equal((await claimed(store)).held, undefined)
  }),

  fullCase('pause/repeated', 'pausing and resuming twice are as once', async ({ store }) => {
    await store.setPaused({ names: ['email', 'fax'], paused: true })
    await store.setPaused({ names, paused: true })
    await store.setPaused({ names, paused: false })
    assert.equal((await claimed(store)).held, undefined)
    assert.equal((await claimed(store, 'fax')).held, 'paused')
    await store.setPaused({ names, paused: false })
    await store.setPaused({ names, paused: true })
    assert.equal((await claimed(store)).held, 'paused')
    await store.setPaused({ paused: true })
    await store.setPaused({ paused: true })
    await store.setPaused({ paused: false })
    assert.equal((await claimed(store, 'sms')).held, undefined)
  }),

  fullCase('pause/running', 'what runs goes on: it is extended, settled and reaped', async ({ store, harness }) => {
    const one = await claimNew(store, aJob())
    const other = await claimNew(store, aJob())
    await store.setPaused({ names, paused: true })
    assert.deepEqual(await store.extend({ leases: [one], leaseMs: LEASE_MS * 2 }), ['held'])
    await finish(store, one, completed)
    await harness.advance(LEASE_MS)
    assert.deepEqual(idsOf(await reap(store)), [other.id])
  }),

  fullCase('pause/promotes', 'jobs become ready meanwhile', async ({ store, harness }) => {
    await store.setPaused({ paused: true })
    await enqueue(store, [aJob({ delayMs: 1_000 })])
    await harness.advance(1_000)
    assert.equal(await promote(store), 1)
    assert.equal(only(await store.counts({ names })).ready, 1)
  }),

  fullCase('pause/counts', 'the counts tell of it, also where there is no job', async ({ store }) => {
    const paused = async (): Promise<readonly boolean[]> =>
      (await store.counts({ names: ['email', 'fax'] })).map((counts) => counts.paused)
    assert.deepEqual(await paused(), [false, false])
    await store.setPaused({ names: ['fax'], paused: true })
    assert.deepEqual(await paused(), [false, true])
    await store.setPaused({ paused: true })
    assert.deepEqual(await paused(), [true, true])
    assert.deepEqual(await store.counts({}), [], 'a pause makes no name known')
    await store.setPaused({ names: ['fax'], paused: false })
    await store.setPaused({ paused: false })
    assert.deepEqual(await paused(), [false, false])
  }),

  fullCase('pause/not-stranded', 'what a wait had popped is not stranded, and keeps its place', async (context) => {
    const { store } = context
    const jobs = [aJob(), aJob(), aJob()]
    const wait = await beginWait(store)
    await enqueue(store, jobs)
    await soon(context, 'the wait', wait.returned)
    await store.setPaused({ names, paused: true })
    assert.equal((await claimed(store)).held, 'paused')
    assert.equal(only(await store.counts({ names })).ready, 3)
    await store.setPaused({ names, paused: false })
    assert.deepEqual(idsOf(await claim(store, { worker: 'worker-b' })), idsOf(jobs), 'another worker may have them')
  }),

  fullCase('pause/hint', 'a `control` hint comes with the name, or without one for all', async (context) => {
    const { store } = context
    for (const given of [['email'], ['email', 'fax'], undefined]) {
      const expected = given?.map((name) => ({ type: 'control', name })) ?? [{ type: 'control' }]
      for (const paused of [true, false]) {
        const heard: StoreHint[] = []
        let hear = (): void => {}
        const heardAll = new Promise<void>((resolve) => (hear = resolve))
        const unsubscribe = await store.subscribe((hint) => {
          if (heard.push(hint) === expected.length) hear()
        })
        await store.setPaused({ ...(given && { names: given }), paused })
        await soon(context, `the hint of ${JSON.stringify({ names: given, paused })}`, heardAll)
        await unsubscribe()
        assert.deepEqual(heard, expected)
      }
    }
  }),
]

function claimed(store: Store, name = 'email'): ReturnType<Store['claim']> {
  return store.claim({ name, worker: 'worker-a', limit: 10, leaseMs: LEASE_MS })
}
