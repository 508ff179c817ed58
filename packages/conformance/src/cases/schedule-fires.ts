import assert from 'node:assert/strict'
import { KEPT_FIRES } from '@goscheds/core'
import { aJob, keptForAnHour } from '../a-job.js'
import type { ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, enqueue, idsOf, look, only } from '../moves.js'
import { beginWait, soon } from '../waiting.js'
import {
  after,
  aSchedule,
  at,
  changesNothing,
  dueIds,
  fire,
  fires,
  inTurn,
  jobIdOf,
  outOfTurn,
  put,
  putDue,
  scheduleCase,
  show,
  STEP_MS,
} from './a-schedule.js'

/** What a fire does, in turn and out of it. When it is done is in `schedule-turns.ts`, `pauseOnDead` in `schedule-dead.ts`. */
export const scheduleFireCases: readonly ConformanceCase[] = [
  scheduleCase('fires/fired', 'a fire adds its job, ready and as it was given', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const given = { payload: '"Ü☃"', options: '{ "timeout": 1 }', retention: { ...keptForAnHour, completedMs: 5 } }
    const one = inTurn(standing, { job: given })
    const id = jobIdOf(one)
    assert.deepEqual(await fire(store, one), { status: 'fired', jobId: id })
    const { payload, options, name, executeAt, state } = await look(store, id)
    assert.deepEqual([payload, options, name, state], [given.payload, given.options, 'email', 'ready'])
    assert.equal(executeAt, standing.next.dueAt)
    assert.deepEqual(idsOf(await claim(store)), [id])
  }),

  scheduleCase(
    'fires/job-options',
    'and with all that it asks for',
    async (context) => {
      const { store, harness } = context
      const asked = { priority: -7, expiresAt: (await harness.now()) + 60_000 }
      const id = await fires(store, inTurn(await putDue(context), { job: asked }), 'fired')
      await enqueue(store, [aJob({ priority: -6 })])
      const { priority, expiresAt } = await look(store, id)
      assert.deepEqual({ priority, expiresAt }, asked)
      assert.equal((await claimOne(store)).id, id)
    },
    'job-options',
  ),

  scheduleCase('fires/to-the-tail', 'its job goes to the tail of its work queue', async (context) => {
    const { store } = context
    const [before, behind] = [aJob(), aJob()]
    await enqueue(store, [before])
    const id = await fires(store, inTurn(await putDue(context)), 'fired')
    await enqueue(store, [behind])
    assert.deepEqual(idsOf(await claim(store)), [before.id, id, behind.id])
  }),

  scheduleCase('fires/wakes', 'its job wakes a waiting worker', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const wait = await beginWait(store)
    const id = await fires(store, inTurn(standing), 'fired')
    await soon(context, 'the return of the wait', wait.returned)
    assert.equal((await claimOne(store)).id, id)
  }),

  scheduleCase('fires/moves-on', 'a fire in turn moves the schedule on, is counted and kept', async (context) => {
    const { store, harness, slackMs } = context
    const standing = await putDue(context)
    const { updatedAt } = await show(store)
    await harness.advance(5_000)
    const now = await harness.now()
    const next = { fireAt: standing.next.fireAt + 7, dueAt: standing.next.fireAt + 9 }
    const jobId = await fires(store, inTurn(standing, { turn: { next } }), 'fired')
    const shown = await show(store)
    const { at: happened, ...kept } = only(shown.fires)
    assert.deepEqual([shown.next, shown.fired, shown.missed, shown.skipped], [next, 1, 0, 0])
    assert.deepEqual(kept, { fireAt: standing.next.fireAt, outcome: 'fired', jobId })
    assert.ok(happened >= now && happened <= now + slackMs, 'with the clock of the store')
    assert.deepEqual([shown.revision, shown.updatedAt], [standing.revision, updatedAt], 'which is no put')
  }),

  scheduleCase('fires/next-turns', 'turn after turn it fires, each time once', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const ids = []
    for (let turn = 0; turn < 5; turn++) {
      assert.deepEqual(await dueIds(store), ['nightly'])
      ids.push(await fires(store, inTurn(after(standing, turn)), 'fired'))
    }
    assert.deepEqual(idsOf(await claim(store)), ids)
    const { fired, next } = await show(store)
    assert.deepEqual([fired, next], [5, after(standing, 5).next])
  }),

  scheduleCase('fires/missed', 'what is passed over by a fire is counted', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const { run } = inTurn(after(standing, 3))
    const one = inTurn(standing, { turn: { missed: 3, next: after(standing, 4).next } })
    assert.ok(run !== undefined)
    await fires(store, { ...one, run }, 'fired')
    await fires(store, inTurn(after(standing, 4), { turn: { missed: 2 } }), 'fired')
    const { fired, missed, fires: kept, next } = await show(store)
    assert.deepEqual([fired, missed, next], [2, 5, after(standing, 5).next])
    assert.deepEqual(
      kept.map(({ fireAt }) => fireAt),
      [after(standing, 3).next.fireAt, after(standing, 4).next.fireAt],
      'kept is the nominal time of the job',
    )
  }),

  scheduleCase('fires/passed', 'a turn without a fire passes over what was missed', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const { run: _run, ...passing } = inTurn(standing, { turn: { missed: 4, next: after(standing, 4).next } })
    assert.deepEqual(await fire(store, passing), { status: 'passed' })
    const { fired, missed, skipped, fires: kept, next } = await show(store)
    assert.deepEqual([fired, missed, skipped, kept, next], [0, 4, 0, [], after(standing, 4).next])
    assert.deepEqual(await store.counts({}), [], 'and makes no job')
  }),

  scheduleCase('fires/no-more', 'one that fires no more stays until it is removed', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    await fires(store, inTurn(standing, { turn: { next: null } }), 'fired')
    const { next, fired } = await show(store)
    assert.deepEqual([next, fired], [null, 1])
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
    await changesNothing(store, () => fires(store, inTurn(standing), 'moved'))
    await put(store, aSchedule(after(standing).next), { revision: standing.revision, fireAt: null })
    assert.deepEqual(await dueIds(store), ['nightly'], 'and may be put anew')
  }),

  scheduleCase('fires/duplicate', 'of a fire whose job is there the turn passes, and nothing else', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const jobId = await fires(store, outOfTurn(standing, standing.next), 'fired')
    const before = await show(store)
    const one = inTurn(standing, { turn: { missed: 2 } })
    assert.deepEqual(await fire(store, one), { status: 'duplicate', jobId })
    const { fired, missed, skipped, fires: kept, next } = await show(store)
    assert.deepEqual([fired, missed, skipped, kept], [0, 2, 0, before.fires], 'not counted, and not kept')
    assert.deepEqual(next, after(standing).next)
    assert.deepEqual(idsOf(await claim(store)), [jobId], 'there is one job')
    await changesNothing(store, () => fires(store, outOfTurn(standing, standing.next), 'duplicate'))
  }),

  scheduleCase('fires/out-of-turn', 'out of turn it fires at any time, and stands where it stood', async (context) => {
    const { store, harness } = context
    const now = await harness.now()
    const next = at(now + 60_000)
    const revision = await put(store, aSchedule(next))
    const jobIds: string[] = []
    for (const fireAt of [now - 5_000, now - 90_000, now]) {
      jobIds.push(await fires(store, outOfTurn({ id: 'nightly' }, at(fireAt)), 'fired'))
    }
    assert.deepEqual(idsOf(await claim(store)), jobIds)
    const shown = await show(store)
    assert.deepEqual([shown.next, shown.fired, shown.missed, shown.skipped, shown.revision], [next, 0, 0, 0, revision])
    assert.deepEqual(
      shown.fires.map(({ fireAt, outcome, jobId }) => [fireAt - now, outcome, jobId]),
      [-5_000, -90_000, 0].map((ms, index) => [ms, 'fired', jobIds[index]]),
      'but is kept',
    )
  }),

  scheduleCase('fires/out-of-turn-no-more', 'also of one that fires no more, or is paused', async (context) => {
    const { store, harness } = context
    const now = await harness.now()
    await put(store, aSchedule(null))
    await put(store, aSchedule(at(now), { id: 'weekly', pausedNote: 'why' }))
    const ids = []
    for (const id of ['nightly', 'weekly']) ids.push(await fires(store, outOfTurn({ id }, at(now)), 'fired'))
    assert.deepEqual(idsOf(await claim(store)), ids)
    const { next, pausedNote } = await show(store, 'weekly')
    assert.deepEqual([next, pausedNote], [at(now), 'why'])
  }),

  scheduleCase('fires/kept-last', `the last ${KEPT_FIRES} fires are kept, the latest last`, async (context) => {
    const { store } = context
    const standing = await putDue(context)
    for (let turn = 0; turn < KEPT_FIRES; turn++) {
      await fires(store, inTurn(after(standing, turn)), 'fired')
      await fires(store, outOfTurn(standing, at(standing.next.fireAt - turn * STEP_MS - 500)), 'fired')
    }
    const kept = (await show(store)).fires.map(({ fireAt }) => (fireAt - standing.next.fireAt) / STEP_MS)
    assert.deepEqual(kept, [5, -5.5, 6, -6.5, 7, -7.5, 8, -8.5, 9, -9.5])
  }),

  scheduleCase('fires/max-runs', 'it fires no more once so many turns have made a job', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const turn = { maxRuns: 2 }
    await fires(store, outOfTurn(standing, at(standing.next.fireAt - 500)), 'fired')
    await fires(store, outOfTurn(standing, standing.next), 'fired')
    await fires(store, inTurn(standing, { turn }), 'duplicate')
    await fires(store, inTurn(after(standing, 1), { turn }), 'fired')
    assert.deepEqual((await show(store)).next, after(standing, 2).next, 'one of two was in turn, and made a job')
    await fires(store, inTurn(after(standing, 2), { turn }), 'fired')
    const { next, fired } = await show(store)
    assert.deepEqual([next, fired], [null, 2])
    assert.deepEqual(await dueIds(store), [])
  }),
]
