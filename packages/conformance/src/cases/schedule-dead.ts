import assert from 'node:assert/strict'
import { KEPT_FIRES, KEPT_RUNS, type Overlap, type ScheduleFire } from '@goscheds/core'
import type { ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, finish } from '../moves.js'
import { dead } from '../settlements.js'
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
  overlapCase,
  put,
  putDue,
  scheduleCase,
  show,
  STEP_MS,
} from './a-schedule.js'

/** `pauseOnDead` of a turn. */
export const scheduleDeadCases: readonly ConformanceCase[] = [
  scheduleCase('fires/pause-on-dead', 'a turn after one whose job is dead pauses it with the note', async (context) => {
    const { store, harness, slackMs } = context
    const standing = await putDue(context)
    await fires(store, inTurn(standing), 'fired')
    await finish(store, await claimOne(store), dead)
    await fires(store, inTurn(after(standing, 1)), 'fired')
    const before = await show(store)
    await harness.advance(5_000)
    const now = await harness.now()
    const one = inTurn(after(standing, 2), { turn: { pauseOnDead: 'one is dead', missed: 3 } })
    assert.deepEqual(await fire(store, one), { status: 'paused' })
    const { pausedNote, pausedAt = 0, ...shown } = await show(store)
    assert.deepEqual(shown, before, 'nothing else is changed')
    assert.equal(pausedNote, 'one is dead')
    assert.ok(pausedAt >= now && pausedAt <= now + slackMs)
    assert.deepEqual(await store.get({ ids: [jobIdOf(one)] }), [null])
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
    await changesNothing(store, () => fires(store, inTurn(after(standing, 2)), 'paused'))
  }),

  scheduleCase('fires/pause-on-dead-passing', 'also where the turn fires nothing', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    await fires(store, outOfTurn(standing, at(standing.next.fireAt - 500)), 'fired')
    await finish(store, await claimOne(store), dead)
    const turn = { pauseOnDead: 'dead', missed: 1 }
    await fires(store, passing(inTurn(standing, { turn })), 'paused')
    const { pausedNote, missed, next } = await show(store)
    assert.deepEqual([pausedNote, missed, next], ['dead', 0, standing.next])
  }),

  scheduleCase('fires/pause-on-dead-now', 'it is not paused for a job that is not dead now', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    for (const turn of [0, 1, 2]) await fires(store, inTurn(after(standing, turn)), 'fired')
    const [redriven, removed] = await claim(store, { limit: 2 })
    assert.ok(redriven !== undefined && removed !== undefined)
    for (const lease of [redriven, removed]) await finish(store, lease, dead)
    await store.redrive({ ids: [redriven.id] })
    await store.remove({ ids: [removed.id] })
    await fires(store, inTurn(after(standing, 3), { turn: { pauseOnDead: 'dead' } }), 'fired')
  }),

  scheduleCase('fires/pause-on-dead-own', 'nor for one that another schedule has made', async (context) => {
    const { store } = context
    await fires(store, inTurn(await putDue(context, { id: 'weekly' })), 'fired')
    await finish(store, await claimOne(store), dead)
    await fires(store, inTurn(await putDue(context), { turn: { pauseOnDead: 'dead' } }), 'fired')
  }),

  scheduleCase('fires/pause-on-dead-since-put', 'nor for one that fired before the last put', async (context) => {
    const { store, harness } = context
    const standing = await putDue(context)
    await fires(store, inTurn(standing), 'fired')
    await finish(store, await claimOne(store), dead)
    const turn = { pauseOnDead: 'dead' }
    await fires(store, inTurn(after(standing), { turn }), 'paused')
    await harness.advance(5_000)
    const { next } = after(standing)
    const revision = await put(store, aSchedule(next), { revision: standing.revision, fireAt: next.fireAt })
    const resumed = { id: 'nightly', revision, next }
    await fires(store, inTurn(resumed, { turn }), 'fired')
    await finish(store, await claimOne(store), dead)
    await fires(store, inTurn(after(resumed), { turn }), 'paused')
  }),

  scheduleCase('fires/pause-on-dead-kept', 'nor for one that is not kept any more', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const turn = { pauseOnDead: 'dead' }
    await fires(store, inTurn(standing), 'fired')
    await finish(store, await claimOne(store), dead)
    for (let turns = 1; turns < KEPT_FIRES; turns++) await fires(store, inTurn(after(standing, turns)), 'fired')
    await fires(store, outOfTurn(standing, at(standing.next.fireAt - 500)), 'fired')
    await fires(store, inTurn(after(standing, KEPT_FIRES), { turn }), 'fired')
  }),

  overlapCase('kept-runs', `the last ${KEPT_RUNS} that made a job are kept, whatever is skipped`, async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const turnOf = (n: number, overlap: Overlap) => inTurn(after(standing, n), { overlap })
    const running = await fires(store, turnOf(0, 'skip'), 'fired')
    const buffered = await fires(store, turnOf(1, 'bufferOne'), 'buffered')
    for (let n = 0; n <= KEPT_FIRES; n++) await fires(store, turnOf(n + 2, n % 2 ? 'skip' : 'bufferOne'), 'skipped')
    const kept = async () =>
      (await show(store)).fires.map(({ fireAt, jobId }) => jobId ?? (fireAt - standing.next.fireAt) / STEP_MS)
    assert.deepEqual(await kept(), [running, buffered, 5, 6, 7, 8, 9, 10, 11, 12])
    await finish(store, await claimOne(store), dead)
    const free = await fires(store, turnOf(KEPT_FIRES + 3, 'allowAll'), 'fired')
    assert.deepEqual(await kept(), [buffered, 5, 6, 7, 8, 9, 10, 11, 12, free])
    await finish(store, await claimOne(store), dead)
    await fires(store, inTurn(after(standing, KEPT_FIRES + 4), { turn: { pauseOnDead: 'dead' } }), 'paused')
  }),

  scheduleCase('fires/moved-before-dead', 'a turn that is made already pauses nothing', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    await fires(store, inTurn(standing), 'fired')
    await finish(store, await claimOne(store), dead)
    await changesNothing(store, () => fires(store, inTurn(standing, { turn: { pauseOnDead: 'dead' } }), 'moved'))
  }),
]

function passing({ run: _run, ...fire }: ScheduleFire): ScheduleFire {
  return fire
}
