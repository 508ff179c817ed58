import assert from 'node:assert/strict'
import type { EnqueueOutcome, NewJob, Store, UniqueConflict } from '@goscheds/core'
import { aJob } from '../a-job.js'
import type { CaseContext, ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, look, only, promote } from '../moves.js'
import { completed, retryInAMinute } from '../settlements.js'
import { aUniqueJob, uniqueCase } from './a-unique-job.js'

const conflicts: readonly UniqueConflict[] = ['ignore', 'replace', 'reschedule', 'runAgain']

/** Unique keys at `enqueue`: what a push meets. How they free is in `unique-freed.ts`. */
export const uniqueCases: readonly ConformanceCase[] = [
  uniqueCase('shown', 'the key is shown', async ({ store }) => {
    const job = aUniqueJob({ until: { ttlMs: 5_000 }, onConflict: 'replace' })
    assert.equal((await push(store, job)).status, 'added')
    assert.deepEqual((await look(store, job.id)).unique, job.unique)
  }),

  uniqueCase('other-keys', 'other keys, and the same key of other names, are free', async ({ store }) => {
    await enqueue(store, [
      aUniqueJob(),
      aUniqueJob({ key: 'K' }),
      aUniqueJob({ key: 'k ' }),
      aUniqueJob({}, { name: 'fax' }),
    ])
    assert.equal((await push(store, aJob())).status, 'added', 'a job without a key')
  }),

  uniqueCase('strange-keys', 'keys may hold what names may', async ({ store }) => {
    const keys = ['a:b', '__proto__', 'constructor', 'Ü☃', ' ', 'x'.repeat(256), 'x'.repeat(255), '%', '-']
    await enqueue(
      store,
      keys.map((key) => aUniqueJob({ key })),
    )
    for (const key of keys) assert.equal((await push(store, aUniqueJob({ key }))).status, 'duplicate', key)
  }),

  ...conflicts.flatMap((onConflict) =>
    (['scheduled', 'ready', 'retrying'] as const).map((state) =>
      uniqueCase(`${onConflict}-${state}`, `${onConflict}: of a holder that is ${state}`, async (context) => {
        const { store, harness } = context
        const holder = aUniqueJob({}, { payload: '"first"' })
        await bring(context, holder, state)
        const dueAt = (await harness.now()) + 5_000
        const job = aUniqueJob({ onConflict }, { payload: '"second"', executeAt: dueAt })
        const outcome = await push(store, job)
        const [held, added] = await store.get({ ids: [holder.id, job.id] })
        if (onConflict === 'replace') {
          assert.deepEqual(outcome, { status: 'replaced', id: job.id, replacedId: holder.id })
          assert.deepEqual([held, added?.state, added?.dueAt], [null, 'scheduled', dueAt])
          assert.deepEqual(await push(store, aUniqueJob()), { status: 'duplicate', id: job.id }, 'it holds the key')
        } else {
          const status = onConflict === 'reschedule' ? 'rescheduled' : 'duplicate'
          assert.deepEqual([outcome, added], [{ status, id: holder.id }, null])
          assert.equal(held?.payload, '"first"')
          if (onConflict === 'reschedule')
            assert.deepEqual([held.state, held.dueAt, held.executeAt], ['scheduled', dueAt, dueAt])
        }
        const { scheduled, ready } = only(await store.counts({ names: ['email'] }))
        assert.equal(scheduled + ready, 1)
        await harness.advance(60_000)
        await promote(store)
        assert.deepEqual(idsOf(await claim(store)), [onConflict === 'replace' ? job.id : holder.id])
      }),
    ),
  ),

  ...conflicts.map((onConflict) =>
    uniqueCase(`${onConflict}-active`, `${onConflict}: of a holder that is active`, async ({ store }) => {
      const holder = await claimNew(store, aUniqueJob())
      const job = aUniqueJob({ onConflict })
      const outcome = await push(store, job)
      const [added] = await store.get({ ids: [job.id] })
      if (onConflict === 'runAgain') {
        assert.deepEqual(outcome, { status: 'queuedAgain', id: job.id })
        assert.deepEqual([added?.state, added?.dueAt], ['scheduled', undefined])
        const another = aUniqueJob({ onConflict })
        assert.deepEqual(await push(store, another), { status: 'duplicate', id: job.id }, 'one is enough')
      } else assert.deepEqual([outcome, added], [{ status: 'duplicate', id: holder.id }, null])
      assert.deepEqual(await claim(store), [])
      await finish(store, holder, completed)
      assert.deepEqual(idsOf(await claim(store)), onConflict === 'runAgain' ? [job.id] : [])
    }),
  ),

  uniqueCase('replace-started', 'until it has started: a replaced holder leaves its key, too', async ({ store }) => {
    const [first, second] = [aUniqueJob({ until: 'started' }), aUniqueJob({ until: 'started', onConflict: 'replace' })]
    await enqueue(store, [first])
    assert.equal((await push(store, second)).status, 'replaced')
    assert.deepEqual(idsOf(await claim(store)), [second.id])
    assert.equal((await push(store, aUniqueJob({ until: 'started' }))).status, 'added', 'its start frees it')
  }),

  uniqueCase('reschedule-again', 'a debounce moves the holder each time, also to now', async ({ store, harness }) => {
    const holder = aUniqueJob({}, { delayMs: 1_000 })
    await enqueue(store, [holder])
    for (let turn = 0; turn < 3; turn++) {
      await harness.advance(900)
      const job = aUniqueJob({ onConflict: 'reschedule' }, { delayMs: 1_000 })
      assert.deepEqual(await push(store, job), { status: 'rescheduled', id: holder.id })
      assert.equal(await promote(store), 0)
    }
    assert.equal((await push(store, aUniqueJob({ onConflict: 'reschedule' }))).status, 'rescheduled')
    assert.deepEqual(idsOf(await claim(store)), [holder.id])
    assert.equal((await push(store, aUniqueJob())).status, 'duplicate', 'it is the holder still')
  }),

  uniqueCase('reschedule-to-the-tail', 'a holder that is moved to now joins the tail', async ({ store }) => {
    const [holder, other] = [aUniqueJob(), aJob()]
    await enqueue(store, [holder, other])
    await push(store, aUniqueJob({ onConflict: 'reschedule' }))
    assert.deepEqual(idsOf(await claim(store)), idsOf([other, holder]))
  }),

  uniqueCase('id-first', 'an id that is held is a duplicate whatever the key says', async ({ store }) => {
    const holder = aUniqueJob({}, { delayMs: 60_000 })
    await enqueue(store, [holder])
    for (const onConflict of conflicts) {
      const again = { ...holder, unique: { key: 'k', until: 'finished', onConflict } } as const
      assert.deepEqual(await push(store, again), { status: 'duplicate', id: holder.id })
    }
    const other = aJob({ delayMs: 60_000 })
    await enqueue(store, [other])
    assert.deepEqual(await push(store, aUniqueJob({ onConflict: 'replace' }, { id: other.id })), {
      status: 'duplicate',
      id: other.id,
    })
    assert.equal((await look(store, holder.id)).state, 'scheduled', 'the holder is left alone')
  }),

  uniqueCase(
    'repeated',
    'a push that is repeated does nothing more, and says that its id is held',
    async ({ store }) => {
      const holder = await claimNew(store, aUniqueJob())
      const job = aUniqueJob({ onConflict: 'runAgain' })
      assert.equal((await push(store, job)).status, 'queuedAgain')
      assert.deepEqual(await push(store, job), { status: 'duplicate', id: job.id })
      await finish(store, holder, completed)
      const next = aUniqueJob({ onConflict: 'replace' })
      assert.equal((await push(store, next)).status, 'replaced')
      assert.deepEqual(await push(store, next), { status: 'duplicate', id: next.id })
      assert.equal((await claim(store)).length, 1)
    },
  ),

  uniqueCase('batch', 'in one call each meets those before it, and neighbours are not held up', async ({ store }) => {
    const [first, second, third, plain] = [aUniqueJob(), aUniqueJob(), aUniqueJob({ onConflict: 'replace' }), aJob()]
    const outcomes = await store.enqueue({ jobs: [first, second, plain, third] })
    assert.deepEqual(outcomes, [
      { status: 'added', id: first.id },
      { status: 'duplicate', id: first.id },
      { status: 'added', id: plain.id },
      { status: 'replaced', id: third.id, replacedId: first.id },
    ])
    assert.deepEqual(idsOf(await claim(store)), idsOf([plain, third]))
  }),

  uniqueCase('thousands', 'thousands of keys in one call', async ({ store }) => {
    const jobs = Array.from({ length: 2_500 }, (_, index) => aUniqueJob({ key: `k${index % 2_000}` }))
    const outcomes = await store.enqueue({ jobs })
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      jobs.map((_, index) => (index < 2_000 ? 'added' : 'duplicate')),
    )
    assert.equal((await claim(store, { limit: 3_000 })).length, 2_000)
  }),

  uniqueCase(
    'ttl',
    'a key held for a time is held so long by the clock of the store, whatever becomes of the job',
    async (context) => {
      const { store, harness } = context
      const keys = ['completed', 'removed', 'cancelled']
      const jobs = keys.map((key) => aUniqueJob({ key, until: { ttlMs: 5_000 } }))
      const [ends, ...others] = idsOf(jobs)
      await enqueue(store, jobs)
      await harness.advance(1_000)
      const lease = await claimOne(store)
      assert.equal(lease.id, ends)
      await harness.advance(1_000)
      await finish(store, lease, completed)
      await store.remove({ ids: others.slice(0, 1) })
      await store.cancel({ ids: others.slice(1) })
      await harness.advance(2_999)
      for (const { id, unique } of jobs) {
        for (const onConflict of ['ignore', 'replace', 'reschedule', 'runAgain'] as const) {
          const job = aUniqueJob({ key: unique?.key ?? '', onConflict })
          assert.deepEqual(await push(store, job), { status: 'duplicate', id })
        }
      }
      await harness.advance(1)
      for (const key of keys) {
        assert.equal((await push(store, aUniqueJob({ key, until: { ttlMs: 5_000 } }))).status, 'added', key)
      }
    },
    'still-clock',
  ),

  uniqueCase(
    'ttl-waiting',
    'when its time is over another job has the key, though the first still waits',
    async (context) => {
      const { store, harness } = context
      const [first, second] = [aUniqueJob({ until: { ttlMs: 1_000 } }), aUniqueJob()]
      await enqueue(store, [first])
      await harness.advance(1_000)
      assert.equal((await push(store, second)).status, 'added')
      await finish(store, await claimOne(store), completed)
      assert.deepEqual(
        await push(store, aUniqueJob()),
        { status: 'duplicate', id: second.id },
        'the end of the first frees nothing',
      )
    },
  ),

  uniqueCase('ttl-replaced', 'who replaces a waiting holder begins a time of its own', async ({ store, harness }) => {
    const [first, second] = [
      aUniqueJob({ until: { ttlMs: 5_000 } }),
      aUniqueJob({ until: { ttlMs: 5_000 }, onConflict: 'replace' }),
    ]
    await enqueue(store, [first])
    await harness.advance(3_000)
    assert.deepEqual(await push(store, second), { status: 'replaced', id: second.id, replacedId: first.id })
    await harness.advance(3_000)
    assert.equal((await push(store, aUniqueJob())).status, 'duplicate')
    await harness.advance(2_000)
    assert.equal((await push(store, aUniqueJob())).status, 'added')
  }),

  uniqueCase('ttl-not-over-job', 'a time to live does not replace a holder that has none', async ({ store }) => {
    const holder = aUniqueJob()
    await enqueue(store, [holder])
    const outcome = await push(store, aUniqueJob({ until: { ttlMs: 5_000 }, onConflict: 'replace' }))
    assert.deepEqual(outcome, { status: 'duplicate', id: holder.id })
  }),

  uniqueCase('ttl-run-again', 'behind a holder for a time nothing is parked', async ({ store }) => {
    const holder = await claimNew(store, aUniqueJob({ until: { ttlMs: 60_000 } }))
    assert.deepEqual(await push(store, aUniqueJob({ onConflict: 'runAgain' })), { status: 'duplicate', id: holder.id })
  }),

  uniqueCase('ttl-pruned', 'what is over is pruned, and what is not stays', async ({ store, harness }) => {
    await enqueue(store, [
      aUniqueJob({ until: { ttlMs: 1_000 } }),
      aUniqueJob({ key: 'other', until: { ttlMs: 60_000 } }),
    ])
    await harness.advance(1_000)
    assert.equal((await store.prune({ limit: 100, maxDeadPerName: 100 })).pruned, 1)
    assert.equal((await push(store, aUniqueJob({ key: 'other' }))).status, 'duplicate')
    assert.equal((await push(store, aUniqueJob())).status, 'added')
  }),
]

async function push(store: Store, job: NewJob): Promise<EnqueueOutcome> {
  return only(await store.enqueue({ jobs: [job] }))
}

async function bring({ store }: CaseContext, holder: NewJob, state: 'scheduled' | 'ready' | 'retrying'): Promise<void> {
  if (state === 'retrying') await finish(store, await claimNew(store, holder), retryInAMinute)
  else await enqueue(store, [state === 'ready' ? holder : { ...holder, delayMs: 30_000 }])
}
