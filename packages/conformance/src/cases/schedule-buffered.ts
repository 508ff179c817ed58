import assert from 'node:assert/strict'
import type { ClaimedJob } from '@goscheds/core'
import type { CaseContext, ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, finish, idsOf, LEASE_MS, look, reap } from '../moves.js'
import { cancelledKept, completed, completedKept, dead, releasedNow, retryNow } from '../settlements.js'
import { beginWait, soon } from '../waiting.js'
import { after, fire, fires, inTurn, jobIdOf, overlapCase, putDue } from './a-schedule.js'
import { aUniqueJob, push } from './a-unique-job.js'

type End = (context: CaseContext, holder: string) => Promise<unknown>

/** What ends a job that waits, by its id. */
const waitingEnds: Readonly<Record<string, End>> = {
  cancel: ({ store }, id) => store.cancel({ ids: [id] }),
  remove: ({ store }, id) => store.remove({ ids: [id] }),
  async 'reap-expired'({ store, harness }) {
    await harness.advance(120_000)
    await reap(store)
  },
  async 'claim-expired'({ store, harness }) {
    await harness.advance(120_000)
    await claimOnce(store)
  },
}

/** What ends a job that is running, by its lease. */
const runningEnds: Readonly<Record<string, (context: CaseContext, lease: ClaimedJob) => Promise<unknown>>> = {
  completed: ({ store }, lease) => finish(store, lease, completed),
  'completed-kept': ({ store }, lease) => finish(store, lease, completedKept),
  dead: ({ store }, lease) => finish(store, lease, dead),
  cancelled: ({ store }, lease) => finish(store, lease, cancelledKept),
  async 'retry-cancelled'({ store }, lease) {
    await store.cancel({ ids: [lease.id] })
    await finish(store, lease, retryNow)
  },
  async 'reap-dead'({ store, harness }) {
    await harness.advance(LEASE_MS)
    await reap(store, 0)
  },
  async 'reap-cancelled'({ store, harness }, lease) {
    await store.cancel({ ids: [lease.id] })
    await harness.advance(LEASE_MS)
    await reap(store)
  },
}

/** When what a fire has buffered becomes ready, and what pushes have to do with it. */
export const scheduleBufferedCases: readonly ConformanceCase[] = [
  ...Object.entries(waitingEnds).map(([way, end]) =>
    overlapCase(`freed-by-${way}`, `the buffered job is ready when a ${way} ends the waiting one`, async (context) => {
      const { store, harness } = context
      const standing = await putDue(context)
      const expiresAt = (await harness.now()) + 120_000
      const expiring = way.endsWith('expired') ? { job: { expiresAt } } : {}
      const holder = await fires(store, inTurn(standing, { overlap: 'bufferOne', ...expiring }), 'fired')
      const buffered = await fires(store, inTurn(after(standing), { overlap: 'bufferOne' }), 'buffered')
      await end(context, holder)
      assert.equal((await look(store, buffered)).state, 'ready')
      assert.deepEqual(idsOf(await claim(store)), [buffered])
    }),
  ),

  ...Object.entries(runningEnds).map(([way, end]) =>
    overlapCase(`freed-by-${way}`, `and when a running one ends by ${way}`, async (context) => {
      const { store } = context
      const standing = await putDue(context)
      await fires(store, inTurn(standing, { overlap: 'bufferOne' }), 'fired')
      const lease = await claimOne(store)
      const buffered = await fires(store, inTurn(after(standing), { overlap: 'bufferOne' }), 'buffered')
      assert.deepEqual(await claim(store), [])
      await end(context, lease)
      assert.equal((await look(store, buffered)).state, 'ready')
      assert.deepEqual(idsOf(await claim(store)), [buffered])
    }),
  ),

  overlapCase('not-freed', 'a retry, a release and a recovery are no end', async (context) => {
    const { store, harness } = context
    const standing = await putDue(context)
    const holder = await fires(store, inTurn(standing, { overlap: 'bufferOne' }), 'fired')
    const buffered = await fires(store, inTurn(after(standing), { overlap: 'bufferOne' }), 'buffered')
    await finish(store, await claimOne(store), retryNow)
    await finish(store, await claimOne(store), releasedNow)
    await claimOne(store)
    await harness.advance(LEASE_MS)
    await reap(store)
    assert.equal((await look(store, buffered)).state, 'scheduled')
    assert.deepEqual(idsOf(await claim(store)), [holder])
  }),

  overlapCase(
    'one-after-another',
    'buffered jobs run one after another, in the order of their fires',
    async (context) => {
      const { store } = context
      const standing = await putDue(context)
      const ids = [await fires(store, inTurn(standing, { overlap: 'bufferAll' }), 'fired')]
      for (const turn of [1, 2, 3]) {
        ids.push(await fires(store, inTurn(after(standing, turn), { overlap: 'bufferAll' }), 'buffered'))
      }
      for (const id of ids) {
        const leases = await claimOnce(store)
        assert.deepEqual(idsOf(leases), [id])
        await finish(store, leases[0] as ClaimedJob, completed)
      }
      assert.deepEqual(await claim(store), [])
    },
  ),

  overlapCase('wakes', 'a buffered job that is ready wakes a waiting worker', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    await fires(store, inTurn(standing, { overlap: 'bufferOne' }), 'fired')
    const lease = await claimOne(store)
    const buffered = await fires(store, inTurn(after(standing), { overlap: 'bufferOne' }), 'buffered')
    const wait = await beginWait(store)
    await finish(store, lease, completed)
    await soon(context, 'the return of the wait', wait.returned)
    assert.equal((await claimOne(store)).id, buffered)
  }),

  overlapCase('holds', 'a buffered job that became ready is the one that is going on', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    await fires(store, inTurn(standing, { overlap: 'bufferOne' }), 'fired')
    const lease = await claimOne(store)
    const second = await fires(store, inTurn(after(standing, 1), { overlap: 'bufferOne' }), 'buffered')
    await finish(store, lease, completed)
    const third = await fires(store, inTurn(after(standing, 2), { overlap: 'bufferOne' }), 'buffered')
    assert.deepEqual(idsOf(await claimOnce(store)), [second])
    assert.equal((await look(store, third)).state, 'scheduled')
  }),

  overlapCase('pushed', 'a push with the same key counts as such a run', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const [first, second] = [inTurn(standing, { overlap: 'skip' }), inTurn(after(standing), { overlap: 'bufferOne' })]
    const pushed = aUniqueJob({ key: 'schedule:nightly' }, { id: 'pushed' })
    await push(store, pushed, 'added')
    assert.deepEqual(await fire(store, first), { status: 'skipped', jobId: 'pushed' })
    await fires(store, second, 'buffered')
    await push(store, { ...pushed, id: 'another' }, 'duplicate')
    await finish(store, await claimOne(store), completedKept)
    assert.deepEqual(idsOf(await claim(store)), [jobIdOf(second)])
  }),

  overlapCase('behind-ttl', 'while a key is held for a time, every overlap that looks is as skip', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    await push(store, aUniqueJob({ key: 'schedule:nightly', until: { ttlMs: 60_000 } }, { id: 'pushed' }), 'added')
    await finish(store, await claimOne(store), completedKept)
    for (const [turn, overlap] of (['skip', 'bufferOne', 'bufferAll', 'cancelOther'] as const).entries()) {
      assert.deepEqual(await fire(store, inTurn(after(standing, turn), { overlap })), {
        status: 'skipped',
        jobId: 'pushed',
      })
    }
    await fires(store, inTurn(after(standing, 4)), 'fired')
    assert.equal((await look(store, 'pushed')).state, 'completed')
  }),
]

async function claimOnce(store: CaseContext['store']): Promise<readonly ClaimedJob[]> {
  return (await store.claim({ name: 'email', worker: 'worker-a', limit: 100, leaseMs: LEASE_MS })).jobs
}
