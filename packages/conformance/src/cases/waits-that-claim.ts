import assert from 'node:assert/strict'
import type { ClaimedJob, WaitedClaim } from '@goscheds/core'
import { aJob } from '../a-job.js'
import { coreCase, fullCase, type CaseContext, type ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, enqueue, finish, idsOf, LEASE_MS, leaseOf, look, only, reap } from '../moves.js'
import { completed, releasedNow } from '../settlements.js'
import { beginWait, soon, type Wait, type WaitOptions } from '../waiting.js'

/**
 * `waitForReady` with `claim`. A store may bring the jobs under leases, or leave them to be claimed: each case holds for both,
 * and for a store that does now this and now that.
 */
export const waitsThatClaimCases: readonly ConformanceCase[] = [
  coreCase(
    'wait-claims/brings-or-leaves',
    'a wait brings what is ready, or leaves it to be claimed',
    async (context) => {
      const { store } = context
      const job = aJob()
      await enqueue(store, [job])
      const [brought] = await waitedFor(context, await waitToClaim(context))
      const claimed = brought ?? (await claimOne(store))
      assert.equal(claimed.id, job.id)
      assert.equal(claimed.payload, job.payload)
      assert.deepEqual([claimed.attempts, claimed.recoveries, claimed.fence.claim], [0, 0, 1])
      assert.deepEqual(await claim(store, { worker: 'worker-b' }), [], 'and it is there once')
    },
  ),

  coreCase('wait-claims/pushed', 'it does so with a job that is pushed while it waits', async (context) => {
    const job = aJob()
    assert.equal((await takePushed(context, job)).id, job.id)
    assert.deepEqual(await claim(context.store, { worker: 'worker-b' }), [])
  }),

  coreCase('wait-claims/lease-is-current', 'what a wait brings is held under a current lease', async (context) => {
    const { store } = context
    const lease = leaseOf(await takePushed(context, aJob()))
    assert.deepEqual(await store.extend({ leases: [lease], leaseMs: LEASE_MS }), ['held'])
    await finish(store, lease, releasedNow)
    const again = await claimOne(store, { worker: 'worker-b' })
    assert.deepEqual(again.fence, { generation: lease.fence.generation, claim: 2 })
  }),

  fullCase('wait-claims/is-active', 'what a wait brings is active', async (context) => {
    const { store } = context
    const { id, fence } = await takePushed(context, aJob())
    const { state, claims, generation } = await look(store, id)
    assert.deepEqual({ state, claims, generation }, { state: 'active', claims: 1, generation: fence.generation })
    const { ready, active } = only(await store.counts({ names: ['email'] }))
    assert.deepEqual({ ready, active }, { ready: 0, active: 1 })
  }),

  coreCase(
    'wait-claims/lease-of-its-own',
    'its lease runs from when it was claimed, as long as asked',
    async (context) => {
      const { store, harness } = context
      const lease = leaseOf(await takePushed(context, aJob(), { afterMs: 20_000, leaseMs: 10_000 }))
      await harness.advance(5_000)
      assert.deepEqual(await reap(store), [], 'after half of it the lease is held')
      await harness.advance(5_000)
      assert.deepEqual(idsOf(await reap(store)), [lease.id])
      assert.deepEqual(await store.extend({ leases: [lease], leaseMs: LEASE_MS }), ['lost'])
    },
  ),

  coreCase('wait-claims/limit', 'it never brings more than its limit, and the first of the queue', async (context) => {
    const { store } = context
    const jobs = [aJob(), aJob(), aJob(), aJob()]
    await enqueue(store, jobs)
    const brought = await waitedFor(context, await waitToClaim(context, { claim: { limit: 2, leaseMs: LEASE_MS } }))
    assert.ok(brought.length <= 2, `asked for two, got ${brought.length}`)
    assert.deepEqual(idsOf([...brought, ...(await claim(store))]), idsOf(jobs))
  }),

  coreCase('wait-claims/exactly-once', 'of two workers that wait to claim one gets the job', async (context) => {
    const { store } = context
    const waits = new Map<string, Wait>()
    for (const worker of ['worker-a', 'worker-b']) waits.set(worker, await waitToClaim(context, { worker }))
    const job = aJob()
    await enqueue(store, [job])
    const all = [...waits.values()]
    await soon(context, 'the return of one of the waits', Promise.race(all.map(({ returned }) => returned)))
    for (const { abort } of all) abort()
    const taken: ClaimedJob[] = []
    for (const [worker, wait] of waits) {
      taken.push(...(await waitedFor(context, wait)), ...(await claim(store, { worker })))
    }
    assert.deepEqual(idsOf(taken), [job.id])
  }),

  coreCase('wait-claims/aborted', 'an aborted wait tells of what it brings, or brings nothing', async (context) => {
    const { store, harness } = context
    for (let turn = 0; turn < 10; turn += 1) {
      const wait = await waitToClaim(context, { worker: `worker-${turn}`, timeoutMs: 1_000 })
      const job = aJob()
      const pushed = enqueue(store, [job])
      wait.abort()
      await pushed
      for (const brought of await waitedFor(context, wait)) await finish(store, brought, releasedNow)
      // An inbox comes back by then, a lease of this length does not.
      await harness.advance(LEASE_MS * 4)
      assert.deepEqual(await reap(store), [], 'nothing is left under a lease of which nobody knows')
      const claimed = await claim(store, { worker: 'worker-z' })
      assert.deepEqual(idsOf(claimed), [job.id])
      await finish(store, only(claimed), completed)
    }
  }),

  coreCase('wait-claims/timed-out', 'a wait that times out brings nothing, then or later', async (context) => {
    const { store, harness } = context
    const wait = await waitToClaim(context, { timeoutMs: 50 })
    await harness.advance(50)
    assert.deepEqual(await waitedFor(context, wait), [])
    const job = aJob()
    await enqueue(store, [job])
    assert.deepEqual(idsOf(await claim(store, { worker: 'worker-b' })), [job.id])
  }),

  fullCase('wait-claims/paused', 'a wait for a paused name brings nothing', async (context) => {
    const { store, harness } = context
    const wait = await waitToClaim(context, { timeoutMs: 1_000 })
    await store.setPaused({ names: ['email'], paused: true })
    const job = aJob()
    await enqueue(store, [job])
    await harness.advance(1_000)
    wait.abort()
    assert.deepEqual(await waitedFor(context, wait), [])
    await store.setPaused({ names: ['email'], paused: false })
    assert.deepEqual(idsOf(await claim(store)), [job.id])
  }),

  coreCase('wait-claims/waited', 'it says no longer a wait than there was', async (context) => {
    const { store, harness, slackMs } = context
    const begun = await harness.now()
    const wait = await waitToClaim(context)
    await harness.advance(20_000)
    await enqueue(store, [aJob()])
    const answer = await soon(context, 'the return of the wait', wait.returned)
    if (!answer) return
    const waitedMs = (await harness.now()) - begun
    const isRight = answer.waitedMs >= 0 && answer.waitedMs <= waitedMs + slackMs
    assert.ok(isRight, `it claimed ${answer.waitedMs} ms after it was called, ${waitedMs} ms ago`)
  }),
]

/** Waits for `email`, to claim up to a hundred jobs for longer than any case takes. */
function waitToClaim({ store }: CaseContext, options: WaitOptions = {}): Promise<Wait> {
  return beginWait(store, { claim: { limit: 100, leaseMs: LEASE_MS * 100 }, ...options })
}

/** What the wait brings, when it returns. */
async function waitedFor(context: CaseContext, { returned }: Wait): Promise<readonly ClaimedJob[]> {
  const answer: WaitedClaim | void = await soon(context, 'the return of the wait', returned)
  return answer?.jobs ?? []
}

/** Pushes a job while `worker-a` waits; resolves to it as the wait brings it, or as that worker then claims it. */
async function takePushed(
  context: CaseContext,
  job: ReturnType<typeof aJob>,
  { afterMs = 0, leaseMs = LEASE_MS }: { readonly afterMs?: number; readonly leaseMs?: number } = {},
): Promise<ClaimedJob> {
  const { store, harness } = context
  const wait = await waitToClaim(context, { claim: { limit: 100, leaseMs } })
  await harness.advance(afterMs)
  await enqueue(store, [job])
  const brought = await waitedFor(context, wait)
  return brought.length > 0 ? only(brought) : claimOne(store, { leaseMs })
}
