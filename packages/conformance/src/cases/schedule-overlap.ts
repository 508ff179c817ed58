import assert from 'node:assert/strict'
import { type FireOutcome, type JobState, MAX_BUFFERED_FIRES, type Overlap, overlaps } from '@goscheds/core'
import type { CaseContext, ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, finish, idsOf, look, only } from '../moves.js'
import { cancelledKept, completedKept, dead, retryInAMinute } from '../settlements.js'
import {
  after,
  changesNothing,
  fire,
  fires,
  inTurn,
  jobIdOf,
  outOfTurn,
  overlapCase,
  putDue,
  show,
  type Standing,
} from './a-schedule.js'

/** Where a fire finds the job of the one before. */
type Earlier = 'scheduled' | 'ready' | 'active' | 'cancel-requested' | 'parked' | 'completed' | 'dead' | 'cancelled'

/** What a fire answers, and what has become of the earlier job then. */
type Meeting = readonly [status: FireOutcome['status'], earlier: JobState]

type Meetings = Readonly<Record<Earlier, Meeting>>

/** `parked`: what a fire answers where one is parked already. */
function meetings(status: FireOutcome['status'], parked = status): Meetings {
  return {
    scheduled: [status, 'scheduled'],
    ready: [status, 'ready'],
    active: [status, 'active'],
    'cancel-requested': [status, 'active'],
    parked: [parked, 'scheduled'],
    completed: ['fired', 'completed'],
    dead: ['fired', 'dead'],
    cancelled: ['fired', 'cancelled'],
  }
}

/** What each overlap does about the job of the fire before. `parked`: it waits behind one that is active. */
const table: Readonly<Record<Overlap, Meetings>> = {
  skip: meetings('skipped'),
  bufferOne: meetings('buffered', 'skipped'),
  bufferAll: meetings('buffered'),
  cancelOther: {
    ...meetings('buffered'),
    scheduled: ['fired', 'cancelled'],
    ready: ['fired', 'cancelled'],
    parked: ['buffered', 'cancelled'],
  },
  allowAll: meetings('fired'),
}

/**
 * What a fire does about jobs of earlier ones. What else `cancelOther` does is in `schedule-cancel-other.ts`; when what
 * is buffered becomes ready, in `schedule-buffered.ts`.
 */
export const scheduleOverlapCases: readonly ConformanceCase[] = [
  ...overlaps.flatMap((overlap) =>
    (Object.entries(table[overlap]) as [Earlier, Meeting][]).map(([place, [status, state]]) =>
      overlapCase(`${overlap}-${place}`, `${overlap}: a job of the fire before that is ${place}`, async (context) => {
        const { store } = context
        const { standing, earlier, goingOn } = await bring(context, place)
        const one = inTurn(standing, { overlap })
        const outcome = await fire(store, one)
        assert.deepEqual(outcome, { status, jobId: status === 'skipped' ? goingOn : jobIdOf(one) })
        assert.equal((await look(store, earlier)).state, state, 'the earlier job')
        await isShown(context, one, status)
      }),
    ),
  ),

  ...overlaps.map((overlap) =>
    overlapCase(`${overlap}-none`, `${overlap}: of the first fire the job is ready`, async (context) => {
      const { store } = context
      const one = inTurn(await putDue(context), { overlap })
      assert.deepEqual(await fire(store, one), { status: 'fired', jobId: jobIdOf(one) })
      await isShown(context, one, 'fired')
      assert.deepEqual(idsOf(await claim(store)), [jobIdOf(one)])
    }),
  ),

  overlapCase(
    'counted',
    'what is buffered counts as fired, what is skipped as skipped; both are kept',
    async (context) => {
      const { store } = context
      const standing = await putDue(context)
      const ids = []
      for (const [turn, status] of (['fired', 'buffered', 'skipped'] as const).entries()) {
        const one = inTurn(after(standing, turn), { overlap: 'bufferOne', turn: { missed: turn } })
        ids.push(await fires(store, one, status))
      }
      const { fired, missed, skipped, fires: kept, next } = await show(store)
      assert.deepEqual([fired, missed, skipped, next], [2, 3, 1, after(standing, 3).next])
      const shown = kept.map(({ at: _at, ...rest }) => rest)
      const { fireAt } = standing.next
      assert.deepEqual(shown, [
        { fireAt, outcome: 'fired', jobId: ids[0] },
        { fireAt: fireAt + 1_000, outcome: 'buffered', jobId: ids[1] },
        { fireAt: fireAt + 2_000, outcome: 'skipped' },
      ])
    },
  ),

  overlapCase(
    'max-runs',
    'of the runs there may be, a buffered one is one and a skipped one is none',
    async (context) => {
      const { store } = context
      const standing = await putDue(context)
      const turn = { maxRuns: 3 }
      await fires(store, inTurn(standing, { overlap: 'bufferOne', turn }), 'fired')
      await fires(store, inTurn(after(standing, 1), { overlap: 'bufferOne', turn }), 'buffered')
      await fires(store, inTurn(after(standing, 2), { overlap: 'bufferOne', turn }), 'skipped')
      assert.deepEqual((await show(store)).next, after(standing, 3).next)
      await fires(store, inTurn(after(standing, 3), { overlap: 'bufferAll', turn }), 'buffered')
      assert.equal((await show(store)).next, null)
    },
  ),

  overlapCase('out-of-turn', 'it is looked at out of turn as well, and not counted', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const holder = await fires(store, inTurn(standing, { overlap: 'skip' }), 'fired')
    const { next, fired } = await show(store)
    const other = outOfTurn(standing, after(standing, -1).next, { overlap: 'skip' })
    assert.deepEqual(await fire(store, other), { status: 'skipped', jobId: holder })
    await fires(store, outOfTurn(standing, after(standing, -2).next, { overlap: 'bufferAll' }), 'buffered')
    const shown = await show(store)
    assert.deepEqual([shown.next, shown.fired, shown.skipped], [next, fired, 0])
    assert.deepEqual(
      shown.fires.map(({ outcome }) => outcome),
      ['fired', 'skipped', 'buffered'],
    )
  }),

  overlapCase('in-one-call', 'the second fire of a call meets the first', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const each = [inTurn(standing, { overlap: 'skip' }), inTurn(after(standing), { overlap: 'skip' })] as const
    assert.deepEqual(await store.fireSchedule({ fires: each }), [
      { status: 'fired', jobId: jobIdOf(each[0]) },
      { status: 'skipped', jobId: jobIdOf(each[0]) },
    ])
  }),

  overlapCase('duplicate-first', 'a job that is there is a duplicate, whatever is going on', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const id = await fires(store, outOfTurn(standing, standing.next, { overlap: 'skip' }), 'fired')
    for (const overlap of overlaps) {
      const again = outOfTurn(standing, standing.next, { overlap })
      await changesNothing(store, async () => {
        assert.deepEqual(await fire(store, again), { status: 'duplicate', jobId: id })
      })
    }
  }),

  overlapCase('other-schedules', 'the jobs of other schedules, and of other names, are none', async (context) => {
    const { store } = context
    const all = [inTurn(await putDue(context), { overlap: 'skip' })]
    all.push(inTurn(await putDue(context, { id: 'weekly' }), { overlap: 'skip' }))
    const unique = { key: 'schedule:nightly', until: 'finished', onConflict: 'ignore' } as const
    all.push(inTurn(await putDue(context, { id: 'fax' }), { overlap: 'skip', job: { name: 'fax', unique } }))
    for (const one of all) await fires(store, one, 'fired')
  }),

  overlapCase('bufferAll-bound', `bufferAll: with ${MAX_BUFFERED_FIRES} parked as skip`, async (context) => {
    const { store } = context
    const standing = await putDue(context)
    const holder = await fires(store, inTurn(standing, { overlap: 'bufferAll' }), 'fired')
    const each = (from: number, to: number): ReturnType<typeof outOfTurn>[] =>
      Array.from({ length: to - from }, (_, index) =>
        outOfTurn(standing, after(standing, -1 - from - index).next, { overlap: 'bufferAll' }),
      )
    for (let from = 0; from < MAX_BUFFERED_FIRES; from += 100) {
      const outcomes = await store.fireSchedule({ fires: each(from, from + 100) })
      assert.deepEqual([...new Set(outcomes.map(({ status }) => status))], ['buffered'])
    }
    const one = inTurn(after(standing), { overlap: 'bufferAll' })
    assert.deepEqual(await fire(store, one), { status: 'skipped', jobId: holder })
    await finish(store, await claimOne(store), completedKept)
    await fires(store, inTurn(after(standing, 2), { overlap: 'bufferAll' }), 'buffered')
    await fires(store, inTurn(after(standing, 3), { overlap: 'bufferAll' }), 'skipped')
  }),
]

interface Brought {
  /** Where the schedule stands. */
  readonly standing: Standing
  /** The job of the fire before. */
  readonly earlier: string
  /** What holds the key, if anything does. */
  readonly goingOn: string
}

/** Fires until the job of the last fire is there. */
async function bring(context: CaseContext, place: Earlier): Promise<Brought> {
  const { store } = context
  const standing = await putDue(context)
  const earlier = await fires(store, inTurn(standing, { overlap: 'bufferOne' }), 'fired')
  const one = { standing: after(standing), earlier, goingOn: earlier }
  if (place === 'ready') return one
  const lease = await claimOne(store)
  if (place === 'cancel-requested') await store.cancel({ ids: [earlier] })
  if (place === 'parked') {
    const parked = await fires(store, inTurn(after(standing), { overlap: 'bufferOne' }), 'buffered')
    return { standing: after(standing, 2), earlier: parked, goingOn: earlier }
  }
  const settlement = { scheduled: retryInAMinute, completed: completedKept, dead, cancelled: cancelledKept }
  if (place in settlement) await finish(store, lease, settlement[place as keyof typeof settlement])
  return one
}

/** Expects the job of a fire to be as its outcome says, and to run in the end. */
async function isShown(
  { store }: CaseContext,
  one: ReturnType<typeof inTurn>,
  status: FireOutcome['status'],
): Promise<void> {
  const job = only(await store.get({ ids: [jobIdOf(one)] }))
  if (status === 'skipped') assert.equal(job, null)
  else if (status === 'fired') assert.deepEqual([job?.state, job?.dueAt], ['ready', undefined])
  else assert.deepEqual([job?.state, job?.dueAt, job?.executeAt], ['scheduled', undefined, one.run?.job.executeAt])
}
