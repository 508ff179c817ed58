import assert from 'node:assert/strict'
import { aJob } from '../a-job.js'
import { coreCase, fullCase, type CaseContext, type ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, enqueue, finish, idsOf, reap } from '../moves.js'
import { completed } from '../settlements.js'
import { beginWait, soon } from '../waiting.js'

/**
 * The job that a store may hand to a waiting worker before that worker claims it: it is neither lost nor
 * doubled, whatever becomes of the worker. Stores that set nothing aside pass by themselves.
 */
export const setAsideCases: readonly ConformanceCase[] = [
  coreCase(
    'set-aside/claimed-first',
    'what was set aside for a worker is the first that it claims',
    async (context) => {
      const { store } = context
      const [first, second] = await pushToWaiting(context)
      assert.deepEqual(idsOf(await claim(store)), [first, second])
    },
  ),

  coreCase('set-aside/within-the-limit', 'what was set aside counts towards the limit', async (context) => {
    const { store } = context
    const [first, second] = await pushToWaiting(context)
    const result = await store.claim({ name: 'email', worker: 'worker-a', limit: 1, leaseMs: 30_000 })
    assert.deepEqual(idsOf(result.jobs), [first])
    assert.equal((await claimOne(store)).id, second)
  }),

  coreCase('set-aside/exactly-once', 'one job wakes several workers at most to hand it out once', async (context) => {
    const { store } = context
    const waits = [await beginWait(store, { worker: 'worker-a' }), await beginWait(store, { worker: 'worker-b' })]
    const job = aJob()
    await enqueue(store, [job])
    await soon(context, 'the return of one of the waits', Promise.race(waits.map(({ returned }) => returned)))
    for (const { abort } of waits) abort()
    await soon(context, 'the return of the waits', Promise.all(waits.map(({ returned }) => returned)))
    const claimed = [...(await claim(store, { worker: 'worker-a' })), ...(await claim(store, { worker: 'worker-b' }))]
    assert.deepEqual(idsOf(claimed), [job.id])
  }),

  coreCase('set-aside/vanished-worker', 'the reaper gives back what a vanished worker had popped', async (context) => {
    const { store, harness } = context
    const [first, second] = await pushToWaiting(context)
    await harness.advance(120_000)
    const { reaped, returned } = await store.reap({ limit: 100, maxRecoveries: 3 })
    assert.deepEqual(reaped, [], 'it was never leased, so no lease ran out')
    assert.ok(returned <= 1, `at most one job was set aside, ${returned} came back`)
    const claimed = await claim(store, { worker: 'worker-b' })
    assert.deepEqual(idsOf(claimed), [first, second], 'it comes back to the head of its queue')
    assert.deepEqual(
      claimed.map(({ recoveries, fence }) => [recoveries, fence.claim]),
      [
        [0, 1],
        [0, 1],
      ],
      'and nothing is counted',
    )
  }),

  coreCase(
    'set-aside/vanished-long-ago',
    'it does so also when nobody looked for a day, and more than once',
    async (context) => {
      const { store, harness } = context
      const [first, second] = await pushToWaiting(context)
      await harness.advance(86_400_000)
      await reap(store)
      await reap(store)
      assert.deepEqual(idsOf(await claim(store, { worker: 'worker-b' })), [first, second])
    },
  ),

  coreCase('set-aside/aborted-wait', 'a wait that is aborted loses nothing', async (context) => {
    const { store, harness } = context
    for (let turn = 0; turn < 10; turn += 1) {
      const worker = `worker-${turn}`
      const wait = await beginWait(store, { worker, timeoutMs: 1_000 })
      const job = aJob()
      const pushed = enqueue(store, [job])
      wait.abort()
      await pushed
      await soon(context, 'the return after the abort', wait.returned)
      await harness.advance(120_000)
      await reap(store)
      const claimed = await claim(store, { worker: 'worker-b' })
      assert.deepEqual(idsOf(claimed), [job.id])
      for (const lease of claimed) await finish(store, lease, completed)
    }
  }),

  coreCase('set-aside/comes-back-once', 'the vanished worker that wakes gets nothing twice', async (context) => {
    const { store, harness } = context
    const ids = await pushToWaiting(context)
    await harness.advance(120_000)
    await reap(store)
    const claimed = [...(await claim(store, { worker: 'worker-b' })), ...(await claim(store, { worker: 'worker-a' }))]
    assert.deepEqual(idsOf(claimed), ids)
    await harness.advance(1)
    assert.equal((await store.reap({ limit: 100, maxRecoveries: 3 })).returned, 0)
  }),

  fullCase('set-aside/leave', 'a worker that leaves gives back at once, to the head of the queue', async (context) => {
    const { store } = context
    const ids = await pushToWaiting(context)
    await store.leave({ worker: 'worker-a' })
    assert.deepEqual(idsOf(await claim(store, { worker: 'worker-b' })), ids)
    assert.deepEqual(await claim(store, { worker: 'worker-a' }), [])
  }),

  fullCase('set-aside/is-ready', 'a job that was set aside counts and shows as ready', async (context) => {
    const { store } = context
    const ids = await pushToWaiting(context)
    const states = (await store.get({ ids })).map((job) => job?.state)
    assert.deepEqual(states, ['ready', 'ready'])
    assert.equal((await store.counts({ names: ['email'] }))[0]?.ready, 2)
  }),

  fullCase('set-aside/cancelled', 'a job that is cancelled while set aside is not handed out', async (context) => {
    const { store } = context
    const [first, second] = await pushToWaiting(context)
    assert.deepEqual(await store.cancel({ ids: [first] }), [{ status: 'cancelled' }])
    assert.deepEqual(idsOf(await claim(store)), [second])
  }),
]

/** Lets `worker-a` wait, pushes a job and, when the wait is over, another. Returns the ids in queue order. */
async function pushToWaiting(context: CaseContext): Promise<[string, string]> {
  const wait = await beginWait(context.store, { timeoutMs: 1_000 })
  const [first, second] = [aJob(), aJob()]
  await enqueue(context.store, [first])
  await soon(context, 'the return of the wait', wait.returned)
  await enqueue(context.store, [second])
  return [first.id, second.id]
}
