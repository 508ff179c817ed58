import assert from 'node:assert/strict'
import { aJob } from '../a-job.js'
import { coreCase, fullCase, type CaseContext, type ConformanceCase } from '../conformance-case.js'
import { claimNew, claimOne, enqueue, finish, LEASE_MS, promote, reap } from '../moves.js'
import { dead, releasedNow, retryNow } from '../settlements.js'
import { beginWait, LONG_WAIT_MS, soon } from '../waiting.js'

/** `waitForReady` as a hint. What it may set aside is in `set-aside.ts`. */
export const waitForReadyCases: readonly ConformanceCase[] = [
  coreCase('wait/there-is-one', 'a wait returns at once when there is something to claim', async (context) => {
    const job = aJob()
    await enqueue(context.store, [job])
    await soon(context, 'the return of the wait', (await beginWait(context.store)).returned)
    assert.equal((await claimOne(context.store)).id, job.id)
  }),

  coreCase('wait/push', 'a wait returns when a job is pushed', async (context) => {
    await woken(context, () => enqueue(context.store, [aJob()]))
  }),

  coreCase('wait/promotion', 'a wait returns when a job is promoted', async (context) => {
    const { store, harness } = context
    await enqueue(store, [aJob({ delayMs: 1_000 })])
    await woken(context, async () => {
      await harness.advance(1_000)
      await promote(store)
    })
  }),

  coreCase('wait/retry', 'a wait returns when a job is retried at once', async (context) => {
    const job = await claimNew(context.store, aJob(), { worker: 'worker-b' })
    await woken(context, () => finish(context.store, job, retryNow))
  }),

  coreCase('wait/release', 'a wait returns when a job is released', async (context) => {
    const job = await claimNew(context.store, aJob(), { worker: 'worker-b' })
    await woken(context, () => finish(context.store, job, releasedNow))
  }),

  coreCase('wait/reap', 'a wait returns when a lost job is reaped', async (context) => {
    const { store, harness } = context
    await claimNew(store, aJob(), { worker: 'worker-b' })
    await harness.advance(LEASE_MS)
    await woken(context, () => reap(store))
  }),

  fullCase('wait/redrive', 'a wait returns when a dead job is redriven', async (context) => {
    const job = await claimNew(context.store, aJob(), { worker: 'worker-b' })
    await finish(context.store, job, dead)
    await woken(context, () => context.store.redrive({ ids: [job.id] }))
  }),

  fullCase('wait/reschedule', 'a wait returns when a job is rescheduled to now', async (context) => {
    const job = aJob({ delayMs: 60_000 })
    await enqueue(context.store, [job])
    await woken(context, () => context.store.reschedule({ entries: [{ id: job.id, delayMs: 0 }] }))
  }),

  coreCase('wait/each-name', 'a worker may wait for several names, each by itself', async (context) => {
    const { store } = context
    const [mail, sms] = [await beginWait(store, { name: 'mail' }), await beginWait(store, { name: 'sms' })]
    await enqueue(store, [aJob({ name: 'sms' })])
    await soon(context, 'the wait for the name pushed', sms.returned)
    await enqueue(store, [aJob({ name: 'mail' })])
    await soon(context, 'the wait for the other name', mail.returned)
    assert.equal((await claimOne(store, { name: 'sms' })).name, 'sms')
    assert.equal((await claimOne(store, { name: 'mail' })).name, 'mail')
  }),

  coreCase('wait/each-waiter', 'as many jobs as waiting workers wake them all', async (context) => {
    const { store } = context
    const workers = ['worker-a', 'worker-b', 'worker-c']
    const waits = []
    for (const worker of workers) waits.push(await beginWait(store, { worker }))
    await enqueue(store, [aJob(), aJob(), aJob()])
    await soon(context, 'the return of all waits', Promise.all(waits.map(({ returned }) => returned)))
    const ids = []
    for (const worker of workers) ids.push((await claimOne(store, { worker })).id)
    assert.equal(new Set(ids).size, 3, 'and each gets a job of its own')
  }),

  coreCase('wait/timeout', 'a wait returns at the latest after its time-out', async (context) => {
    const { store, harness } = context
    const { returned } = await beginWait(store, { timeoutMs: 50 })
    await harness.advance(50)
    await soon(context, 'the return of a wait of 50 ms', returned)
  }),

  coreCase('wait/abort', 'a wait returns at once, without rejecting, when its signal aborts', async (context) => {
    const wait = await beginWait(context.store)
    wait.abort()
    await soon(context, 'the return after the abort', wait.returned)
  }),

  coreCase('wait/aborted-before', 'a wait whose signal has aborted before returns at once', async (context) => {
    const input = { name: 'email', worker: 'worker-a', timeoutMs: LONG_WAIT_MS, signal: AbortSignal.abort() }
    await soon(context, 'the return of a wait that was aborted before', context.store.waitForReady(input))
  }),

  coreCase('wait/again', 'a worker may wait again and again', async (context) => {
    const { store } = context
    for (let turn = 0; turn < 3; turn += 1) {
      const aborted = await beginWait(store)
      aborted.abort()
      await soon(context, 'the return after the abort', aborted.returned)
      const wait = await beginWait(store)
      const job = aJob()
      await enqueue(store, [job])
      await soon(context, 'the return after the push', wait.returned)
      assert.equal((await claimOne(store)).id, job.id)
    }
  }),

  coreCase(
    'wait/other-handle',
    'a wait returns when another handle pushes',
    async (context) => {
      const other = await context.connect()
      await woken(context, () => enqueue(other, [aJob()]))
    },
    'connect',
    'notifications',
  ),
]

/** Waits for the name `email`, moves, and expects the wait to return and one job to be there. */
async function woken(context: CaseContext, move: () => Promise<unknown>): Promise<void> {
  const wait = await beginWait(context.store)
  await move()
  await soon(context, 'the return of the wait', wait.returned)
  await claimOne(context.store)
}
