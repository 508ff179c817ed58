import assert from 'node:assert/strict'
import { type AuditKind, type AuditPage, Inspector, type Store, type VerifyReport } from '@goscheds/core'
import { aJob, keptForAnHour, manyJobs } from '../a-job.js'
import { bringTo, plainPlaces, type Place } from '../bring-to.js'
import { type CaseContext, type ConformanceCase, fullCase } from '../conformance-case.js'
import { claim, claimNew, enqueue, idsOf, leaseOf } from '../moves.js'
import { completed, completedKept, dead, releasedNow, retryInAMinute, retryNow } from '../settlements.js'
import { beginWait, soon } from '../waiting.js'

/** Softly: a look may go so far beyond its limit. */
const SOFT = 1_000

function verify({ store, harness }: CaseContext, limit: number, seenThrough = store): Promise<VerifyReport> {
  const { runtime } = harness
  return new Inspector({ store: seenThrough, ...(runtime !== undefined && { runtime }) }).verify({ limit })
}

/** The store, with something happening after each look. */
function withMovesBetweenLooks(store: Store, move: () => Promise<void>): Store {
  return new Proxy(store, {
    get(target, key): unknown {
      const member: unknown = Reflect.get(target, key)
      if (typeof member !== 'function') return member
      if (key !== 'audit') return member.bind(target) as unknown
      return async (input: Parameters<Store['audit']>[0]) => {
        const page = await target.audit(input)
        await move()
        return page
      }
    },
  })
}

/** Every page of a walk. */
async function walk(store: Store, limit: number): Promise<AuditPage[]> {
  const pages: AuditPage[] = []
  let cursor: string | null = null
  do {
    assert.ok(pages.length < 10_000, 'the walk does not end')
    const page: AuditPage = await store.audit({ limit, cursor })
    pages.push(page)
    cursor = page.cursor
  } while (cursor !== null)
  return pages
}

/** Jobs of two names in every state, each the way a job may get there, with all that a sound store may keep. */
async function aBusyHistory(context: CaseContext): Promise<void> {
  const { store, harness } = context
  // The one that stays ready last: it would be claimed in place of the next.
  for (const place of [...plainPlaces.filter((each) => each !== 'ready'), 'ready'] as const)
    await bringTo(place, context)
  const jobs = manyJobs(60, (index) => ({
    name: index % 2 === 0 ? 'email' : 'sms',
    retention: keptForAnHour,
    ...(index % 5 === 0 && { delayMs: 60_000 }),
  }))
  await enqueue(store, jobs)
  const ids = idsOf(jobs)
  await store.cancel({ ids: ids.slice(0, 10) })
  await store.remove({ ids: ids.slice(10, 20) })
  await store.reschedule({ entries: ids.slice(20, 30).map((id, n) => ({ id, delayMs: n % 2 === 0 ? 0 : 60_000 })) })
  // One whose id was used before.
  await enqueue(store, jobs.slice(12, 14))
  const claimed = await claim(store, { limit: 15, leaseMs: 5_000 })
  const ends = [completed, completedKept, dead, retryNow, retryInAMinute, releasedNow]
  await store.settle({
    entries: claimed.slice(0, 12).flatMap((lease, n) => {
      const settlement = ends[n % ends.length]
      return settlement === undefined ? [] : [{ lease: leaseOf(lease), settlement }]
    }),
  })
  await store.cancel({ ids: idsOf(claimed.slice(12, 13)) })
  await store.redrive({ ids: idsOf(claimed) })
  // Leases that have run out and that nobody has reaped yet.
  await harness.advance(5_000)
  // A worker that may have been given a job that it has not claimed.
  const waiting = await beginWait(store, { name: 'push' })
  await enqueue(store, [aJob({ name: 'push' })])
  await soon(context, 'the wait returns', waiting.returned)
}

/** How the job is that damage of a kind is planted with. */
const PLANTED_WITH: Readonly<Record<AuditKind, Place>> = {
  'lost-job': 'ready',
  'two-places': 'ready',
  orphan: 'scheduled',
  'lease-without-job': 'active',
  'unlisted-name': 'ready',
  'wrong-count': 'scheduled',
  unreadable: 'ready',
  leftover: 'ready',
}

function finds(kind: AuditKind, title: string): ConformanceCase {
  const run = async (context: CaseContext): Promise<void> => {
    const { store, harness } = context
    const id = `damaged-${kind}`
    const neighbour = aJob({ name: 'neighbour' })
    await enqueue(store, [aJob(), neighbour])
    await claimNew(store, aJob({ name: 'other' }))
    const place = PLANTED_WITH[kind]
    const name = `of-${kind}`
    const job = aJob({ id, name, ...(place === 'scheduled' && { delayMs: 60_000 }) })
    if (place === 'active') await claimNew(store, job)
    else await enqueue(store, [job])
    assert.deepEqual((await verify(context, 3)).findings, [], 'before the damage there is nothing to find')

    await harness.plant?.[kind]?.(id)
    const { findings, complete } = await verify(context, 3)
    assert.deepEqual([findings.map((found) => found.kind), complete], [[kind], true])
    const [found] = findings
    assert.ok(found !== undefined && found.message !== '')
    assert.ok(found.id === id || found.name === name, `it names neither the job nor its name: ${JSON.stringify(found)}`)
  }
  return fullCase(`audit/finds-${kind}`, title, run, `plant ${kind}`)
}

/** `audit`, and what `Inspector.verify` makes of it. */
export const auditCases: readonly ConformanceCase[] = [
  fullCase('audit/clean', 'an audit finds nothing in a sound store, whatever has happened there', async (context) => {
    await aBusyHistory(context)
    const { findings, complete } = await verify(context, 5)
    assert.deepEqual([findings, complete], [[], true])
  }),

  fullCase('audit/empty', 'the walk through an empty store ends', async ({ store }) => {
    const pages = await walk(store, 5)
    assert.deepEqual(
      pages.flatMap(({ suspects, awaited, seen, findings }) => [...suspects, ...awaited, ...seen, ...findings]),
      [],
    )
  }),

  fullCase('audit/bounded', 'one look stays near its limit, and the looks together see everything', async (context) => {
    const { store } = context
    await enqueue(
      store,
      manyJobs(2_500, (index) => (index % 5 === 0 ? { delayMs: 60_000 } : {})),
    )
    const looked = (await walk(store, 100)).map((page) => page.looked)
    assert.ok(Math.max(...looked) <= 100 + SOFT, `one look was at ${Math.max(...looked)}`)
    const total = looked.reduce((sum, each) => sum + each, 0)
    assert.ok(total >= 2_500, `only ${total} looked at`)
  }),

  fullCase('audit/read-only', 'an audit changes nothing', async (context) => {
    const { store } = context
    await aBusyHistory(context)
    const shown = async (): Promise<unknown> => {
      const counts = await store.counts({})
      const states = plainPlaces.filter((place) => place !== 'absent' && place !== 'active, cancel requested')
      const pages = counts.flatMap(({ name }) => states.map((state) => store.list({ name, state, limit: 1_000 })))
      return { counts, jobs: (await Promise.all(pages)).map(({ jobs }) => jobs), workers: await store.workers() }
    }
    const before = await shown()
    await verify(context, 5)
    if (context.slackMs === 0) assert.deepEqual(await shown(), before)
  }),

  fullCase('audit/moving-jobs', 'a job that moves between two looks is not reported', async (context) => {
    const { store } = context
    await enqueue(
      store,
      manyJobs(40, () => ({ retention: keptForAnHour })),
    )
    let turn = 0
    const moves = [retryNow, releasedNow, completedKept, dead, retryInAMinute]
    const moving = withMovesBetweenLooks(store, async () => {
      const [first, second, third] = await claim(store, { limit: 3 })
      const settlement = moves[turn++ % moves.length]
      if (first === undefined || settlement === undefined) return
      await store.settle({ entries: [{ lease: leaseOf(first), settlement }] })
      if (second !== undefined) await store.settle({ entries: [{ lease: leaseOf(second), settlement: releasedNow }] })
      if (third !== undefined) await store.settle({ entries: [{ lease: leaseOf(third), settlement: retryNow }] })
      if (settlement === dead) await store.redrive({ ids: [first.id] })
      if (settlement === retryInAMinute) await store.reschedule({ entries: [{ id: first.id, delayMs: 0 }] })
    })
    const { findings, complete } = await verify(context, 5, moving)
    assert.ok(turn > 10, 'the walk is long enough for jobs to move')
    assert.deepEqual([findings, complete], [[], true])
  }),

  fullCase('audit/second-look', 'a second look leaves out what is not wrong', async (context) => {
    const { store } = context
    await aBusyHistory(context)
    const pages = await walk(store, 5)
    const keys = pages.flatMap(({ awaited, seen }) => [...awaited, ...seen])
    const suspects = keys.flatMap((key) => (['lost-job', 'two-places'] as const).map((kind) => ({ kind, key })))
    for (let first = 0; first < suspects.length; first += 100) {
      const { findings } = await store.audit({ limit: 100, suspects: suspects.slice(first, first + 100) })
      assert.deepEqual(findings, [])
    }
    assert.deepEqual((await store.audit({ limit: 1, suspects: [] })).findings, [])
  }),

  finds('lost-job', 'an audit finds a job that is in no place'),
  finds('two-places', 'an audit finds a job that is in two places'),
  finds('orphan', 'an audit finds a place whose job is not there'),
  finds('lease-without-job', 'an audit finds a lease whose job is not there'),
  finds('unlisted-name', 'an audit finds a name that has jobs and is not listed'),
  finds('wrong-count', 'an audit finds a counter that is wrong'),
  finds('unreadable', 'an audit finds a record that cannot be read'),
  finds('leftover', 'an audit finds what is kept of no job'),
]
