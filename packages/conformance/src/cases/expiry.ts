import assert from 'node:assert/strict'
import type { NewJob } from '@goscheds/core'
import { aJob, HOUR, keptForAnHour } from '../a-job.js'
import { type CaseContext, type ConformanceCase, fullCase } from '../conformance-case.js'
import { claim, claimOne, enqueue, finish, idsOf, LEASE_MS, look, only, promote, reap } from '../moves.js'
import { dead, releasedNow, retryNow } from '../settlements.js'

/** `expiresAt`. */
export const expiryCases: readonly ConformanceCase[] = [
  expiryCase('claim', 'a claim does not hand out what has expired, and ends it', async (context) => {
    const { store, harness } = context
    const [late, fresh] = [await aJobThatExpires(context, 1_000), aJob()]
    await enqueue(store, [late, fresh])
    await harness.advance(1_000)
    assert.deepEqual(idsOf(await claim(store, { limit: 1 })), [fresh.id])
    const { state, deadReason, attempts, claims, error } = await look(store, late.id)
    assert.deepEqual([state, deadReason, attempts, claims, error], ['dead', 'expired', 0, 0, undefined])
  }),

  expiryCase(
    'exactly',
    'it expires at its instant and not a millisecond before',
    async (context) => {
      const { store, harness } = context
      const job = await aJobThatExpires(context, 1_000)
      await enqueue(store, [job])
      await harness.advance(999)
      assert.deepEqual((await store.reap({ limit: 10, maxRecoveries: 3 })).expired, [])
      await harness.advance(1)
      assert.deepEqual((await store.reap({ limit: 10, maxRecoveries: 3 })).expired, [{ id: job.id, name: 'email' }])
    },
    'still-clock',
  ),

  expiryCase('reap', 'the reaper ends it where nobody claims: ready, and scheduled', async (context) => {
    const { store, harness } = context
    const jobs = [await aJobThatExpires(context, 1_000), await aJobThatExpires(context, 1_000, { delayMs: 500_000 })]
    await enqueue(store, jobs)
    await harness.advance(1_000)
    const { expired, reaped } = await store.reap({ limit: 10, maxRecoveries: 3 })
    assert.deepEqual([idsOf(expired), reaped], [idsOf(jobs), []])
    for (const { id } of jobs) assert.equal((await look(store, id)).deadReason, 'expired')
    assert.deepEqual((await store.reap({ limit: 10, maxRecoveries: 3 })).expired, [], 'once')
    const { scheduled, ready, dead: ended } = only(await store.counts({ names: ['email'] }))
    assert.deepEqual([scheduled, ready, ended], [0, 0, 2])
  }),

  expiryCase(
    'order',
    'the earliest is ended first, and among equals the one pushed first',
    async (context) => {
      const { store, harness } = context
      const [late, first, second] = [
        await aJobThatExpires(context, 2_000),
        await aJobThatExpires(context, 1_000),
        await aJobThatExpires(context, 1_000),
      ]
      await enqueue(store, [late, first, second])
      await harness.advance(2_000)
      const each = []
      for (let turn = 0; turn < 3; turn++) each.push(...(await store.reap({ limit: 1, maxRecoveries: 3 })).expired)
      assert.deepEqual(idsOf(each), idsOf([first, second, late]))
    },
    'still-clock',
  ),

  ...(['retry', 'release', 'reap'] as const).map((way) =>
    expiryCase(`started-${way}`, `what was claimed once does not expire after a ${way}`, async (context) => {
      const { store, harness } = context
      const job = await aJobThatExpires(context, LEASE_MS - 1_000)
      await enqueue(store, [job])
      const lease = await claimOne(store)
      if (way !== 'reap') await finish(store, lease, way === 'retry' ? retryNow : releasedNow)
      await harness.advance(LEASE_MS)
      const { expired } = await store.reap({ limit: 10, maxRecoveries: 3 })
      assert.deepEqual(expired, [])
      assert.equal((await claimOne(store)).id, job.id)
    }),
  ),

  expiryCase('active', 'a job that is active does not expire', async (context) => {
    const { store, harness } = context
    await enqueue(store, [await aJobThatExpires(context, 1_000)])
    const lease = await claimOne(store)
    await harness.advance(2_000)
    assert.deepEqual((await store.reap({ limit: 10, maxRecoveries: 3 })).expired, [])
    assert.deepEqual(await store.extend({ leases: [lease], leaseMs: LEASE_MS }), ['held'])
  }),

  expiryCase('no-trace', 'without a retention nothing is left of it, and its id is free', async (context) => {
    const { store, harness } = context
    const job = await aJobThatExpires(context, 1_000, { retention: { completedMs: HOUR, deadMs: 0 } })
    await enqueue(store, [job])
    await harness.advance(1_000)
    assert.deepEqual(await claim(store), [])
    assert.deepEqual(await store.get({ ids: [job.id] }), [null])
    await enqueue(store, [aJob({ id: job.id })])
    assert.deepEqual(await reap(store), [])
    assert.deepEqual(idsOf(await claim(store)), [job.id], 'the second job of the id does not expire')
  }),

  expiryCase('removed', 'what was removed or cancelled before does not expire', async (context) => {
    const { store, harness } = context
    const jobs = [await aJobThatExpires(context, 1_000), await aJobThatExpires(context, 1_000)]
    await enqueue(store, jobs)
    await store.remove({ ids: [jobs[0]?.id ?? ''] })
    await store.cancel({ ids: [jobs[1]?.id ?? ''] })
    await harness.advance(1_000)
    assert.deepEqual((await store.reap({ limit: 10, maxRecoveries: 3 })).expired, [])
  }),

  expiryCase('rescheduled', 'a reschedule does not put it off', async (context) => {
    const { store, harness } = context
    const job = await aJobThatExpires(context, 1_000)
    await enqueue(store, [job])
    await store.reschedule({ entries: [{ id: job.id, delayMs: 60_000 }] })
    await harness.advance(1_000)
    assert.deepEqual(idsOf((await store.reap({ limit: 10, maxRecoveries: 3 })).expired), [job.id])
  }),

  expiryCase('redriven', 'once redriven it does not expire any more', async (context) => {
    const { store, harness } = context
    const job = await aJobThatExpires(context, 1_000)
    await enqueue(store, [job])
    await harness.advance(1_000)
    await claim(store)
    assert.deepEqual(await store.redrive({ ids: [job.id] }), [{ status: 'redriven' }])
    assert.equal((await look(store, job.id)).expiresAt, undefined)
    assert.deepEqual((await store.reap({ limit: 10, maxRecoveries: 3 })).expired, [])
    const lease = await claimOne(store)
    assert.equal(lease.id, job.id)
    await finish(store, lease, dead)
  }),

  expiryCase(
    'redriven-generation',
    'redriven without a claim it has a new generation, so that its lives can be told apart',
    async (context) => {
      const { store, harness } = context
      const [expired, claimed] = [await aJobThatExpires(context, 1_000), aJob({ retention: keptForAnHour })]
      await enqueue(store, [expired, claimed])
      await harness.advance(1_000)
      await finish(store, await claimOne(store), dead)
      const before = [await look(store, expired.id), await look(store, claimed.id)]
      await store.redrive({ ids: [expired.id, claimed.id] })
      const [again, kept] = [await look(store, expired.id), await look(store, claimed.id)]
      assert.ok(again.generation > Math.max(...before.map(({ generation }) => generation)), 'of the one that expired')
      assert.equal(kept.generation, before[1]?.generation, 'one that was claimed keeps it')
    },
  ),

  expiryCase('shown', 'it is shown', async (context) => {
    const job = await aJobThatExpires(context, 1_000)
    await enqueue(context.store, [job])
    assert.equal((await look(context.store, job.id)).expiresAt, job.expiresAt)
  }),

  expiryCase('many', 'claims go on behind a thousand that have expired', async (context) => {
    const { store, harness } = context
    const expiresAt = (await harness.now()) + 1_000
    await enqueue(
      store,
      Array.from({ length: 1_500 }, () => aJob({ expiresAt })),
    )
    const fresh = aJob()
    await enqueue(store, [fresh])
    await harness.advance(1_000)
    assert.deepEqual(idsOf(await claim(store)), [fresh.id])
    assert.equal(await promote(store), 0)
  }),
]

function expiryCase(
  slug: string,
  title: string,
  run: (context: CaseContext) => Promise<void>,
  ...requires: readonly 'still-clock'[]
): ConformanceCase {
  return fullCase(`expiry/${slug}`, title, run, 'job-options', ...requires)
}

async function aJobThatExpires({ harness }: CaseContext, inMs: number, more: Partial<NewJob> = {}): Promise<NewJob> {
  return aJob({ retention: keptForAnHour, expiresAt: (await harness.now()) + inMs, ...more })
}
