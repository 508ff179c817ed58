import assert from 'node:assert/strict'
import type { ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, finish, idsOf, only } from '../moves.js'
import {
  after,
  aSchedule,
  at,
  changesNothing,
  fire,
  fires,
  inTurn,
  jobIdOf,
  outOfTurn,
  put,
  putDue,
  scheduleCase,
  show,
} from './a-schedule.js'

/** When `fireSchedule` does what it is asked: each turn once, in time, and of the rule as it is. G14. */
export const scheduleTurnCases: readonly ConformanceCase[] = [
  scheduleCase(
    'fires/once',
    'of the same turn made through several handles at once, one fires',
    async (context) => {
      const handles = [context.store, await context.connect(), await context.connect()]
      const standing = await putDue(context)
      for (let turn = 0; turn < 10; turn++) {
        const one = inTurn(after(standing, turn))
        const outcomes = await Promise.all(handles.map((handle) => fire(handle, one)))
        assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fired', 'moved', 'moved'])
      }
      const { fired, next } = await show(context.store)
      assert.deepEqual([fired, next], [10, after(standing, 10).next])
      assert.equal((await claim(context.store)).length, 10)
    },
    'connect',
  ),

  scheduleCase('fires/once-in-a-call', 'the same turn twice in one call is made once', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const one = inTurn(standing)
    // Another job, so that only the turn tells that it was made.
    const other = inTurn(standing, { job: { id: 'other' } })
    const outcomes = await store.fireSchedule({ fires: [one, other, inTurn(after(standing))] })
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fired', 'moved', 'fired'],
    )
    assert.equal((await claim(store)).length, 2)
  }),

  scheduleCase('fires/repeated', 'a fire whose answer was lost can be repeated', async (context) => {
    const { store } = context
    const one = inTurn(await putDue(context))
    const id = await fires(store, one, 'fired')
    await changesNothing(store, () => fires(store, one, 'moved'))
    await finish(store, await claimOne(store), { type: 'completed', retentionMs: 0 })
    await changesNothing(store, () => fires(store, one, 'moved'))
    assert.deepEqual(await store.get({ ids: [id] }), [null])
  }),

  scheduleCase('fires/outcome-per-fire', 'each fire has its outcome, in the order given', async (context) => {
    const { store } = context
    const [nightly, weekly] = [await putDue(context), await putDue(context, { id: 'weekly' })]
    const never = { ...nightly, id: 'never' }
    const all = [inTurn(never), inTurn(weekly), outOfTurn(never, never.next), inTurn(after(nightly)), inTurn(nightly)]
    assert.deepEqual(await store.fireSchedule({ fires: all }), [
      { status: 'not-found' },
      { status: 'fired', jobId: jobIdOf(inTurn(weekly)) },
      { status: 'not-found' },
      { status: 'moved' },
      { status: 'fired', jobId: jobIdOf(inTurn(nightly)) },
    ])
    const ids = [inTurn(weekly), inTurn(nightly)].map(jobIdOf)
    assert.deepEqual(idsOf(await claim(store)), ids)
    assert.deepEqual(await store.fireSchedule({ fires: [] }), [])
  }),

  scheduleCase('fires/not-found', 'a schedule that was removed fires no more, in turn or not', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    await store.removeSchedule({ ids: ['nightly'] })
    assert.deepEqual(await fire(store, inTurn(standing)), { status: 'not-found' })
    assert.deepEqual(await fire(store, outOfTurn(standing, standing.next)), { status: 'not-found' })
    assert.deepEqual(await store.counts({}), [])
  }),

  scheduleCase('fires/moved', 'a turn of a time at which it does not stand changes nothing', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    await fires(store, inTurn(standing), 'fired')
    for (const turns of [0, 2, 0.5]) {
      const one = inTurn(after(standing, turns), { turn: { missed: 1 }, job: { id: 'other' } })
      await changesNothing(store, async () => assert.deepEqual(await fire(store, one), { status: 'moved' }))
    }
    const { run: _run, ...passing } = inTurn(standing, { turn: { missed: 1 } })
    await changesNothing(store, async () => assert.deepEqual(await fire(store, passing), { status: 'moved' }))
  }),

  scheduleCase('fires/moved-on-new-revision', 'nor does one of a rule that has been put anew', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const { revision, next } = standing
    const newer = await put(store, aSchedule(next, { rule: 'other' }), { revision, fireAt: next.fireAt })
    await changesNothing(store, () => fires(store, inTurn(standing), 'moved'))
    await changesNothing(store, () => fires(store, inTurn({ ...standing, revision: newer + 1 }), 'moved'))
    await fires(store, inTurn({ ...standing, revision: newer }), 'fired')
  }),

  scheduleCase('fires/revision-never-again', 'nor one of an earlier life of the id', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    await fires(store, inTurn(standing), 'fired')
    for (let life = 0; life < 3; life++) {
      await store.removeSchedule({ ids: ['nightly'] })
      await put(store, aSchedule(standing.next))
      await changesNothing(store, () => fires(store, inTurn(standing, { job: { id: 'other' } }), 'moved'))
    }
  }),

  scheduleCase(
    'fires/early',
    'a turn whose due time has not come changes nothing, though its nominal time has',
    async ({ store, harness }) => {
      const now = await harness.now()
      const next = { fireAt: now - 1_000, dueAt: now + 5_000 }
      const revision = await put(store, aSchedule(next))
      // A caller whose clock is wrong takes its own time for the store's.
      const one = inTurn({ id: 'nightly', revision, next }, { turn: { missed: 1 }, job: { executeAt: next.fireAt } })
      const { run: _run, ...passing } = one
      for (const ms of [4_999, 1]) {
        for (const each of [one, passing]) {
          await changesNothing(store, async () => assert.deepEqual(await fire(store, each), { status: 'early' }))
        }
        await harness.advance(ms)
      }
      await fires(store, one, 'fired')
    },
    'still-clock',
  ),

  scheduleCase('fires/early-job', 'nor does a fire whose job is not due yet, in turn or not', async (context) => {
    const { store, harness } = context
    const standing = await putDue(context)
    const later = (await harness.now()) + 60_000
    await changesNothing(store, () => fires(store, outOfTurn(standing, at(later)), 'early'))
    await changesNothing(store, () => fires(store, inTurn(standing, { job: { executeAt: later } }), 'early'))
  }),

  scheduleCase('fires/paused', 'a paused one fires out of turn alone', async (context) => {
    const { store } = context
    const standing = await putDue(context, { pausedNote: 'why' })
    const { run: _run, ...passing } = inTurn(standing, { turn: { missed: 1 } })
    for (const one of [inTurn(standing), passing]) {
      await changesNothing(store, async () => assert.deepEqual(await fire(store, one), { status: 'paused' }))
    }
    const { revision, next } = standing
    const resumed = await put(store, aSchedule(next), { revision, fireAt: next.fireAt })
    await fires(store, inTurn({ ...standing, revision: resumed }), 'fired')
  }),

  scheduleCase(
    'fires/looks-in-order',
    'moved comes before paused, paused before early, early before duplicate',
    async (context) => {
      const { store, harness } = context
      const next = at((await harness.now()) + 60_000)
      const paused = { id: 'nightly', revision: await put(store, aSchedule(next, { pausedNote: 'why' })), next }
      await fires(store, inTurn({ ...paused, revision: paused.revision + 1 }), 'moved')
      await fires(store, inTurn(after(paused)), 'moved')
      await fires(store, inTurn(paused), 'paused')
      const early = { id: 'weekly', revision: await put(store, aSchedule(next, { id: 'weekly' })), next }
      const one = outOfTurn(early, at(next.fireAt - 120_000))
      await fires(store, one, 'fired')
      await fires(store, inTurn(early, { job: { id: jobIdOf(one), executeAt: next.fireAt - 120_000 } }), 'early')
    },
  ),

  scheduleCase(
    'fires/survives-reopen',
    'schedules outlive the handle that put them, with all that they count',
    async (context) => {
      const { store } = context
      const other = await context.connect()
      const standing = await putDue({ ...context, store: other })
      await fires(other, inTurn(standing, { turn: { missed: 1 } }), 'fired')
      const before = await show(other)
      await other.close()
      const third = await context.connect()
      assert.deepEqual(await show(third), before)
      assert.deepEqual(await show(store), before)
      await fires(third, inTurn(standing), 'moved')
      await fires(third, inTurn(after(standing)), 'fired')
      assert.equal(only((await store.listSchedules({ limit: 10 })).schedules).fired, 2)
    },
    'connect',
  ),
]
