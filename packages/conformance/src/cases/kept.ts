import assert from 'node:assert/strict'
import type { NewJob, Settlement, Store, StoredJob, StoreHint } from '@goscheds/core'
import { aJob, HOUR, keptForAnHour } from '../a-job.js'
import { type CaseContext, type ConformanceCase, fullCase } from '../conformance-case.js'
import { claim, claimNew, enqueue, finish, idsOf, LEASE_MS, only, reap } from '../moves.js'
import { cancelledKept, completed, completedKept, dead } from '../settlements.js'
import { soon } from '../waiting.js'

const two = { ...keptForAnHour, maxCount: 2 }

/** How many finished jobs are kept, and the hints of their ends. */
export const keptCases: readonly ConformanceCase[] = [
  ...([completedKept, dead, cancelledKept] as const).map((settlement) =>
    keptCase(
      `max-count-${settlement.type}`,
      `of ${settlement.type} jobs no more than \`maxCount\` are kept`,
      async ({ store }) => {
        const jobs = [aJob(), aJob(), aJob(), aJob()]
        for (const job of jobs) await finish(store, await claimNew(store, job), { ...settlement, maxCount: 2 })
        assert.deepEqual(await left(store, jobs), idsOf(jobs.slice(2)))
        assert.equal((await store.counts({ names: ['email'] }))[0]?.[settlement.type], 2)
      },
    ),
  ),

  keptCase('max-count-others', 'jobs of another name or end do not count', async ({ store }) => {
    const jobs = [aJob(), aJob({ name: 'fax' }), aJob(), aJob()]
    const ends: readonly Settlement[] = [completedKept, completedKept, dead, cancelledKept]
    for (const [index, job] of jobs.entries()) {
      const lease = await claimNew(store, job)
      await finish(store, lease, { ...(ends[index] as typeof completedKept), maxCount: 1 })
    }
    assert.deepEqual(await left(store, jobs), idsOf(jobs))
  }),

  keptCase('max-count-earliest-end', 'those whose retention ends first go first', async ({ store }) => {
    const [short, long, last] = [aJob(), aJob(), aJob()]
    await finish(store, await claimNew(store, long), { ...completedKept, retentionMs: 2 * HOUR })
    await finish(store, await claimNew(store, short), completedKept)
    await finish(store, await claimNew(store, last), { ...completedKept, retentionMs: 3 * HOUR, maxCount: 2 })
    assert.deepEqual(await left(store, [short, long, last]), idsOf([long, last]))
  }),

  keptCase(
    'max-count-same-end',
    'among those whose retention ends at the same time the lower generation goes first',
    async ({ store }) => {
      const [older, newer] = [aJob(), aJob()]
      await enqueue(store, [newer, older])
      await store.reschedule({ entries: [{ id: newer.id, delayMs: 0 }] })
      const [first, second] = await claim(store)
      assert.ok(first !== undefined && second !== undefined)
      await finish(store, second, completedKept)
      await finish(store, first, { ...completedKept, maxCount: 1 })
      assert.deepEqual(await left(store, [older, newer]), [newer.id])
    },
    'still-clock',
  ),

  keptCase('max-count-own', 'its own bound applies where the store ends a job', async ({ store, harness }) => {
    const expiresAt = (await harness.now()) + 1_000
    const cancelled = [1, 2, 3].map(() => aJob({ retention: two }))
    const expired = [1, 2, 3].map(() => aJob({ retention: two, expiresAt }))
    const reaped = [1, 2, 3].map(() => aJob({ retention: two }))
    await enqueue(store, [...cancelled, ...expired])
    await store.cancel({ ids: idsOf(cancelled) })
    assert.deepEqual(await left(store, cancelled), idsOf(cancelled.slice(1)))
    await harness.advance(1_000)
    await store.reap({ limit: 10, maxRecoveries: 3 })
    assert.deepEqual(await left(store, expired), idsOf(expired.slice(1)))
    for (const job of reaped) await claimNew(store, job)
    await harness.advance(LEASE_MS)
    await reap(store, 0)
    assert.deepEqual(await left(store, reaped), idsOf(reaped.slice(1)))
  }),

  ...(
    [
      ['completed', completedKept],
      ['dead', dead],
      ['cancelled', cancelledKept],
      ['dead-without-trace', { ...dead, retentionMs: 0 }],
    ] as const
  ).map(([slug, settlement]) =>
    fullCase(
      `finished/${slug}`,
      `who subscribed to a job hears that it is ${slug.replaceAll('-', ' ')}`,
      async (context) => {
        const lease = await claimNew(context.store, aJob())
        await hearsOf(context, lease.id, () => finish(context.store, lease, settlement))
      },
    ),
  ),

  fullCase('finished/by-the-store', 'and that the store has ended or removed it', async (context) => {
    const { store, harness } = context
    const waiting = [aJob({ retention: keptForAnHour }), aJob({ retention: keptForAnHour })]
    await enqueue(store, waiting)
    await hearsOf(context, waiting[0]?.id ?? '', () => store.cancel({ ids: [waiting[0]?.id ?? ''] }))
    await hearsOf(context, waiting[1]?.id ?? '', () => store.remove({ ids: [waiting[1]?.id ?? ''] }))
    const lost = await claimNew(store, aJob({ retention: keptForAnHour }))
    await harness.advance(LEASE_MS)
    await hearsOf(context, lost.id, () => reap(store, 0))
  }),

  keptCase('finished-expired', 'and that it has expired', async (context) => {
    const { store, harness } = context
    const job = aJob({ retention: keptForAnHour, expiresAt: (await harness.now()) + 1_000 })
    await enqueue(store, [job])
    await harness.advance(1_000)
    await hearsOf(context, job.id, () => store.reap({ limit: 10, maxRecoveries: 3 }))
  }),

  keptCase('finished-replaced', 'and that another has taken its place', async (context) => {
    const { store } = context
    const unique = { key: 'ada', until: 'finished', onConflict: 'replace' } as const
    const job = aJob({ unique })
    await enqueue(store, [job])
    await hearsOf(context, job.id, () => store.enqueue({ jobs: [aJob({ unique })] }))
  }),

  fullCase('finished/of-that-job-only', 'who subscribed to a job hears of nothing else', async (context) => {
    const { store } = context
    const [job, other] = [await claimNew(store, aJob()), await claimNew(store, aJob())]
    const heard: StoreHint[] = []
    const unsubscribe = await store.subscribe((hint) => heard.push(hint), { job: job.id })
    await hearsOf(context, other.id, () => finish(store, other, completedKept))
    await enqueue(store, [aJob({ delayMs: 1_000 })])
    await store.cancel({ ids: [job.id] })
    await finish(store, job, completed)
    const last = await claimNew(store, aJob())
    await hearsOf(context, last.id, () => finish(store, last, dead))
    await unsubscribe()
    assert.deepEqual(heard, [], 'nor of a completion that leaves no trace')
  }),

  fullCase('finished/not-for-others', 'who subscribed to no job hears of no end', async (context) => {
    const { store } = context
    const heard: StoreHint[] = []
    const unsubscribe = await store.subscribe((hint) => heard.push(hint))
    const lease = await claimNew(store, aJob())
    await hearsOf(context, lease.id, () => finish(store, lease, completedKept))
    await unsubscribe()
    assert.deepEqual(
      heard.filter(({ type }) => type === 'finished'),
      [],
    )
  }),

  fullCase('finished/until-called', 'no hint comes after the returned function was called', async (context) => {
    const { store } = context
    const lease = await claimNew(store, aJob())
    const heard: StoreHint[] = []
    const unsubscribe = await store.subscribe((hint) => heard.push(hint), { job: lease.id })
    await unsubscribe()
    await hearsOf(context, lease.id, () => finish(store, lease, completedKept))
    assert.deepEqual(heard, [])
  }),

  fullCase(
    'finished/other-handle',
    'ends by way of another handle are heard',
    async (context) => {
      const other = await context.connect()
      const lease = await claimNew(context.store, aJob())
      await hearsOf(context, lease.id, () => finish(other, lease, completedKept))
    },
    'connect',
    'notifications',
  ),
]

function keptCase(
  slug: string,
  title: string,
  run: (context: CaseContext) => Promise<void>,
  ...requires: readonly 'still-clock'[]
): ConformanceCase {
  return fullCase(`kept/${slug}`, title, run, 'job-options', ...requires)
}

async function left(store: Store, jobs: readonly NewJob[]): Promise<string[]> {
  return (await store.get({ ids: idsOf(jobs) })).flatMap((job) => job?.id ?? [])
}

/** Subscribes to the end of a job, moves, and expects to hear of it, and to find it so upon the hint. */
async function hearsOf(context: CaseContext, id: string, move: () => Promise<unknown>): Promise<void> {
  const { store } = context
  let hear = (_heard: Promise<readonly [StoreHint, StoredJob | null]>): void => {}
  const heard = new Promise<readonly [StoreHint, StoredJob | null]>((resolve) => (hear = resolve))
  const lookAfter = async (hint: StoreHint): Promise<readonly [StoreHint, StoredJob | null]> => {
    return [hint, only(await store.get({ ids: [id] }))]
  }
  const unsubscribe = await store.subscribe((hint) => hear(lookAfter(hint)), { job: id })
  await move()
  const [hint, job] = await soon(context, `the end of ${id}`, heard)
  assert.deepEqual(hint, { type: 'finished', id })
  assert.ok(job === null || job.finishedAt !== undefined, `it is ${job?.state} when its end is told`)
  await unsubscribe()
}
