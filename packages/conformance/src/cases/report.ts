import assert from 'node:assert/strict'
import { KEPT_LOG_LINES, type StoredJob } from '@goscheds/core'
import { aJob, keptForAnHour } from '../a-job.js'
import { leaseComesBack } from '../come-back.js'
import { type ConformanceCase, fullCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, LEASE_MS, leaseOf, look, only, reap } from '../moves.js'
import { completed, completedKept, dead, releasedNow, retryNow } from '../settlements.js'
import { oddTexts } from './texts.js'

/** `report`. */
export const reportCases: readonly ConformanceCase[] = [
  fullCase('report/latest', 'the last progress and the last checkpoint are kept', async ({ store }) => {
    const lease = leaseOf(await claimNew(store, aJob()))
    assert.deepEqual(await store.report({ entries: [{ lease, progress: '1', checkpoint: '"a"' }] }), ['reported'])
    await store.report({ entries: [{ lease, progress: '2' }] })
    assert.deepEqual(reported(await look(store, lease.id)), { progress: '2', checkpoint: '"a"' })
    await store.report({
      entries: [
        { lease, checkpoint: '"b"', progress: '3' },
        { lease, progress: '' },
      ],
    })
    assert.deepEqual(reported(await look(store, lease.id)), { progress: '', checkpoint: '"b"' })
  }),

  fullCase('report/log', 'lines are appended, and the last hundred are kept', async ({ store }) => {
    const lease = leaseOf(await claimNew(store, aJob()))
    await store.report({
      entries: [
        { lease, lines: ['one', ''] },
        { lease, lines: ['line\nbreak\t☃'] },
        { lease, lines: [] },
      ],
    })
    assert.deepEqual((await look(store, lease.id)).log, ['one', '', 'line\nbreak\t☃'])
    const many = Array.from({ length: KEPT_LOG_LINES + 20 }, (_, index) => `line ${index}`)
    await store.report({ entries: [{ lease, lines: many.slice(0, 50) }] })
    await store.report({ entries: [{ lease, lines: many.slice(50) }] })
    assert.deepEqual((await look(store, lease.id)).log, many.slice(-KEPT_LOG_LINES))
  }),

  fullCase('report/nothing', 'of a job that reports nothing, nothing is shown', async ({ store }) => {
    const lease = leaseOf(await claimNew(store, aJob()))
    await store.report({ entries: [{ lease }] })
    const { log, failures, ...job } = await look(store, lease.id)
    assert.deepEqual([reported(job), log, failures], [{}, undefined, undefined])
  }),

  fullCase('report/lost', 'with a lease that is not current nothing is kept, and neighbours are', async (context) => {
    const { store, harness } = context
    const old = leaseOf(await claimNew(store, aJob()))
    await harness.advance(LEASE_MS)
    await reap(store)
    const current = leaseOf(await claimOne(store, { worker: 'worker-b' }))
    const entries = [old, current, { ...current, id: 'unknown' }, { ...current, name: 'fax' }].map((lease, index) => ({
      ...{ lease, progress: String(index), checkpoint: String(index), lines: [String(index)] },
    }))
    assert.deepEqual(await store.report({ entries }), ['lost', 'reported', 'lost', 'lost'])
    const { log, ...job } = await look(store, current.id)
    assert.deepEqual([reported(job), log], [{ progress: '1', checkpoint: '1' }, ['1']])
    await finish(store, current, completed)
    assert.deepEqual(await store.report({ entries: [{ lease: current, progress: '9' }] }), ['lost'])
    assert.deepEqual(await store.report({ entries: [] }), [])
  }),

  fullCase('report/late', 'a lease past its deadline that nobody has reaped may report', async (context) => {
    const { store, harness } = context
    const lease = leaseOf(await claimNew(store, aJob()))
    await harness.advance(LEASE_MS * 2)
    assert.deepEqual(await store.report({ entries: [{ lease, checkpoint: '1' }] }), ['reported'])
    await reap(store)
    assert.equal((await claimOne(store)).checkpoint, '1')
  }),

  fullCase('report/any-text', 'what is reported may be any text, of any characters', async ({ store }) => {
    const jobs = oddTexts.map(() => aJob())
    await enqueue(store, jobs)
    const leases = (await claim(store)).map(leaseOf)
    const texts = oddTexts.map((text) => ({ progress: text, checkpoint: text }))
    await store.report({
      entries: leases.map((lease, index) => ({ lease, ...texts[index], lines: [oddTexts[index] ?? '', ''] })),
    })
    const seen = await store.get({ ids: idsOf(jobs) })
    assert.deepEqual(
      seen.map((job) => job && [reported(job), job.log]),
      oddTexts.map((text, index) => [texts[index], [text, '']]),
    )
  }),

  ...(['retry', 'delayed retry', 'release', 'reap', 'redrive'] as const).map((way) =>
    fullCase(
      `report/kept-by-${way.replace(' ', '-')}`,
      `after a ${way} the next claim has the checkpoint, and the rest is kept`,
      async (context) => {
        const { store } = context
        const lease = leaseOf(await claimNew(store, aJob({ retention: keptForAnHour })))
        const texts = { progress: '"half"', checkpoint: '{"row":5}' }
        await store.report({ entries: [{ lease, ...texts, lines: ['so far'] }] })
        await leaseComesBack(context, lease, way)
        const again = await claimOne(store)
        assert.equal(again.checkpoint, texts.checkpoint)
        const { log, ...job } = await look(store, lease.id)
        assert.deepEqual([reported(job), log], [texts, ['so far']])
      },
    ),
  ),

  fullCase('report/first-claim', 'a first claim has no checkpoint', async ({ store }) => {
    assert.equal('checkpoint' in (await claimNew(store, aJob())), false)
  }),

  fullCase('report/checkpoint-among-others', 'each job of a claim has its own checkpoint', async ({ store }) => {
    const jobs = [aJob(), aJob(), aJob()]
    await enqueue(store, jobs)
    const leases = [await claimOne(store), await claimOne(store)]
    const [first] = leases
    assert.ok(first)
    await store.report({ entries: [{ lease: leaseOf(first), checkpoint: '7' }] })
    for (const lease of leases) await finish(store, lease, releasedNow)
    const { jobs: again } = await store.claim({ name: 'email', worker: 'worker-a', limit: 10, leaseMs: LEASE_MS })
    const checkpoints = Object.fromEntries(again.map(({ id, checkpoint }) => [id, checkpoint]))
    assert.deepEqual(checkpoints, {
      [jobs[0]?.id ?? '']: '7',
      [jobs[1]?.id ?? '']: undefined,
      [jobs[2]?.id ?? '']: undefined,
    })
  }),

  fullCase('report/ended', 'what was reported is shown with a job that is kept', async ({ store }) => {
    const lease = leaseOf(await claimNew(store, aJob({ retention: keptForAnHour })))
    await store.report({ entries: [{ lease, progress: '1', lines: ['done'] }] })
    await finish(store, lease, completedKept)
    const { progress, log, result } = await look(store, lease.id)
    assert.deepEqual([progress, log, result], ['1', ['done'], '"done"'])
    const { jobs } = await store.list({ name: 'email', state: 'completed', limit: 1 })
    assert.deepEqual([only(jobs).progress, 'log' in only(jobs)], ['1', false], 'a list leaves the log out')
  }),

  ...(['completed', 'removed', 'pruned'] as const).map((end) =>
    fullCase(`report/gone-when-${end}`, `when a job is ${end}, what it reported is gone with it`, async (context) => {
      const { store, harness } = context
      const job = aJob({ id: 'used-again', retention: keptForAnHour })
      const lease = leaseOf(await claimNew(store, job))
      await store.report({ entries: [{ lease, progress: '1', checkpoint: '2', lines: ['3'] }] })
      if (end === 'completed') await finish(store, lease, completed)
      else if (end === 'removed') {
        await finish(store, lease, { ...retryNow })
        await store.remove({ ids: [job.id] })
      } else {
        await finish(store, lease, dead)
        await harness.advance(keptForAnHour.deadMs)
        await store.prune({ limit: 100, maxDeadPerName: 100 })
      }
      const again = await claimNew(store, job)
      const { log, failures, ...seen } = await look(store, job.id)
      assert.deepEqual([again.checkpoint, reported(seen), log, failures], [undefined, {}, undefined, undefined])
    }),
  ),
]

function reported({ progress, checkpoint }: StoredJob): object {
  return { ...(progress !== undefined && { progress }), ...(checkpoint !== undefined && { checkpoint }) }
}
