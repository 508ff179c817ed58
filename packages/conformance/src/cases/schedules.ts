import assert from 'node:assert/strict'
import type { NewSchedule, StoreHint } from '@goscheds/core'
import { aJob, HOUR } from '../a-job.js'
import type { CaseContext, ConformanceCase } from '../conformance-case.js'
import { claim, enqueue, idsOf, look } from '../moves.js'
import { soon } from '../waiting.js'
import {
  aSchedule,
  at,
  changesNothing,
  everySchedule,
  fires,
  inTurn,
  put,
  putDue,
  scheduleCase,
  show,
  STEP_MS,
} from './a-schedule.js'

/** `putSchedule` and `removeSchedule`. How they are listed is in `schedules-listed.ts`, what `promote` shows in `schedules-due.ts`. */
export const scheduleCases: readonly ConformanceCase[] = [
  scheduleCase('schedules/put-shown', 'a schedule is shown as it was put', async ({ store, harness, slackMs }) => {
    const now = await harness.now()
    const schedule = aSchedule({ fireAt: now + HOUR, dueAt: now + HOUR + 5_000 })
    const revision = await put(store, schedule)
    const { createdAt, updatedAt, ...shown } = await show(store)
    assert.deepEqual(shown, { ...schedule, revision, fired: 0, missed: 0, skipped: 0, fires: [] })
    assert.ok(createdAt >= now && createdAt <= now + slackMs, 'since when there is one')
    assert.equal(updatedAt, createdAt)
  }),

  scheduleCase('schedules/put-texts', 'ids, rules and notes may hold what they may', async ({ store }) => {
    const ids = ['a:b', '__proto__', 'constructor', 'Ü☃', ' ', 'x'.repeat(256), '%', '-', '1']
    const texts = ['', ' a\tb\n\0', '"}{', 'Ü☃', '{"rule":null}']
    const schedules = ids.map((id, index): NewSchedule => {
      const text = texts[index % texts.length] ?? ''
      return { id, rule: text, next: null, ...(index % 2 === 0 && { pausedNote: text }) }
    })
    for (const schedule of schedules) await put(store, schedule)
    const shown = new Map((await everySchedule(store)).map((one) => [one.id, one]))
    for (const { id, rule, pausedNote } of schedules) {
      assert.deepEqual([shown.get(id)?.rule, shown.get(id)?.pausedNote], [rule, pausedNote], id)
    }
  }),

  scheduleCase('schedules/put-expects-none', 'one that is there is not put over unseen', async ({ store, harness }) => {
    const next = at((await harness.now()) + HOUR)
    await put(store, aSchedule(next))
    await changesNothing(store, () => expectMoved(store, aSchedule(next, { rule: 'other' }), null))
  }),

  scheduleCase(
    'schedules/put-expects',
    'put in the place of one that stands elsewhere changes nothing',
    async (context) => {
      const { store } = context
      const { revision, next } = await putDue(context)
      const { fireAt } = next
      const other = aSchedule(at(fireAt + HOUR), { rule: 'other', pausedNote: 'why' })
      for (const expect of [
        { revision: revision + 1, fireAt },
        { revision: revision - 1, fireAt },
        { revision, fireAt: fireAt + 1 },
        { revision, fireAt: null },
      ])
        await changesNothing(store, () => expectMoved(store, other, expect))
      await put(store, other, { revision, fireAt })
    },
  ),

  scheduleCase('schedules/put-expects-one', 'in the place of one that is not there none is put', async (context) => {
    const { store } = context
    const { revision, next } = await putDue(context)
    await store.removeSchedule({ ids: ['nightly'] })
    await expectMoved(store, aSchedule(next), { revision, fireAt: next.fireAt })
    await expectMoved(store, aSchedule(next, { id: 'never' }), { revision: 1, fireAt: null })
    assert.deepEqual(await everySchedule(store), [])
  }),

  scheduleCase('schedules/put-expects-fires-no-more', '`null` stands for one that fires no more', async (context) => {
    const { store, harness } = context
    const revision = await put(store, aSchedule(null))
    const next = at(await harness.now())
    await expectMoved(store, aSchedule(next), { revision, fireAt: 0 })
    await put(store, aSchedule(next), { revision, fireAt: null })
    assert.deepEqual((await show(store)).next, next)
  }),

  scheduleCase('schedules/put-replaces', 'a put replaces the rule, the next time and the note', async (context) => {
    const { store, harness } = context
    const { revision, next } = await putDue(context, { pausedNote: 'why' })
    const { createdAt } = await show(store)
    await harness.advance(5_000)
    const schedule = aSchedule({ fireAt: next.fireAt + HOUR, dueAt: next.fireAt + 2 * HOUR }, { rule: 'other' })
    await put(store, schedule, { revision, fireAt: next.fireAt })
    const { rule, next: stands, pausedNote, pausedAt, createdAt: made, updatedAt } = await show(store)
    assert.deepEqual([rule, stands, pausedNote, pausedAt], [schedule.rule, schedule.next, undefined, undefined])
    assert.equal(made, createdAt, 'it is as old as it was')
    assert.ok(updatedAt >= createdAt + 5_000, 'and was put later')
  }),

  scheduleCase('schedules/put-counters', 'counters and kept fires go on', async (context) => {
    const { store } = context
    const standing = await putDue(context)
    await fires(store, inTurn(standing, { turn: { missed: 3 } }), 'fired')
    const before = await show(store)
    await put(store, aSchedule(standing.next), { revision: standing.revision, fireAt: standing.next.fireAt + STEP_MS })
    const { fired, missed, skipped, fires: kept } = await show(store)
    assert.deepEqual([fired, missed, skipped, kept], [1, 3, 0, before.fires])
    assert.equal(kept.length, 1)
  }),

  scheduleCase(
    'schedules/revisions',
    'a revision is never drawn twice, and later ones are greater',
    async ({ store }) => {
      const revisions = [await put(store, aSchedule(null)), await put(store, aSchedule(null, { id: 'weekly' }))]
      for (const id of ['nightly', 'weekly', 'nightly']) {
        const { revision } = await show(store, id)
        revisions.push(await put(store, aSchedule(null, { id }), { revision, fireAt: null }))
        assert.equal((await show(store, id)).revision, revisions.at(-1))
      }
      await store.removeSchedule({ ids: ['nightly', 'weekly'] })
      for (const id of ['nightly', 'weekly']) revisions.push(await put(store, aSchedule(null, { id })))
      assert.deepEqual(
        revisions,
        [...new Set(revisions)].sort((a, b) => a - b),
      )
    },
  ),

  scheduleCase('schedules/paused', 'a paused one is kept with its note, since when it is paused', async (context) => {
    const { store, harness, slackMs } = context
    const now = await harness.now()
    const { revision, next } = await putDue(context, { pausedNote: '' })
    const { pausedNote, pausedAt = 0, next: stands } = await show(store)
    assert.deepEqual([pausedNote, stands], ['', next])
    assert.ok(pausedAt >= now && pausedAt <= now + slackMs)
    await harness.advance(5_000)
    await put(store, aSchedule(next, { pausedNote: 'another note' }), { revision, fireAt: next.fireAt })
    const again = await show(store)
    assert.deepEqual([again.pausedNote, again.pausedAt], ['another note', pausedAt], 'it has been paused since then')
  }),

  scheduleCase('schedules/remove', 'a removed schedule is gone, and was there once', async (context) => {
    const { store } = context
    await putDue(context)
    await putDue(context, { id: 'weekly' })
    await put(store, aSchedule(null, { id: 'never again' }))
    const ids = ['nightly', 'never', 'never again', 'nightly']
    assert.deepEqual(await store.removeSchedule({ ids }), [true, false, true, false])
    assert.deepEqual(await store.removeSchedule({ ids: ['nightly'] }), [false])
    assert.deepEqual(idsOf(await everySchedule(store)), ['weekly'])
  }),

  scheduleCase('schedules/remove-jobs-stay', 'the jobs of a removed schedule stay', async (context) => {
    const { store } = context
    const id = await fires(store, inTurn(await putDue(context)), 'fired')
    await store.removeSchedule({ ids: ['nightly'] })
    assert.equal((await look(store, id)).state, 'ready')
    assert.deepEqual(idsOf(await claim(store)), [id])
  }),

  scheduleCase('schedules/remove-forgets', 'put after a removal it begins anew', async (context) => {
    const { store, harness } = context
    await fires(store, inTurn(await putDue(context), { turn: { missed: 3 } }), 'fired')
    await store.removeSchedule({ ids: ['nightly'] })
    await harness.advance(5_000)
    const now = await harness.now()
    await put(store, aSchedule(null))
    const { fired, missed, skipped, fires: kept, createdAt } = await show(store)
    assert.deepEqual([fired, missed, skipped, kept], [0, 0, 0, []])
    assert.ok(createdAt >= now)
  }),

  scheduleCase('schedules/hint-first', 'a `due` hint comes when the first schedule is put', async (context) => {
    const next = at((await context.harness.now()) + HOUR)
    await hinted(context, () => put(context.store, aSchedule(next)))
  }),

  scheduleCase('schedules/hint-earlier', 'a `due` hint comes when one becomes the first to be due', async (context) => {
    const { store, harness } = context
    const now = await harness.now()
    await enqueue(store, [aJob({ delayMs: HOUR })])
    await put(store, aSchedule(at(now + HOUR - 1_000)))
    const next = { fireAt: now, dueAt: now + HOUR - 2_000 }
    await hinted(context, () => put(store, aSchedule(next, { id: 'weekly' })))
    const paused = aSchedule(at(now + 60_000), { id: 'monthly', pausedNote: '' })
    const revision = await put(store, paused)
    const resumed = aSchedule(at(now + 60_000), { id: 'monthly' })
    await hinted(context, () => put(store, resumed, { revision, fireAt: now + 60_000 }))
  }),

  scheduleCase(
    'schedules/hint-of-other-handle',
    'hints of other handles arrive',
    async (context) => {
      const other = await context.connect()
      const next = at((await context.harness.now()) + HOUR)
      await hinted(context, () => put(other, aSchedule(next)))
    },
    'connect',
    'notifications',
  ),
]

async function expectMoved(
  store: CaseContext['store'],
  schedule: NewSchedule,
  expect: { readonly revision: number; readonly fireAt: number | null } | null,
): Promise<void> {
  assert.deepEqual(await store.putSchedule({ schedule, expect }), { status: 'moved' })
}

/** Expects a hint of the type `due` after a move. */
async function hinted(context: CaseContext, move: () => Promise<unknown>): Promise<void> {
  let hear = (_hint: StoreHint): void => {}
  const heard = new Promise<StoreHint>((resolve) => (hear = resolve))
  const unsubscribe = await context.store.subscribe((hint) => hint.type === 'due' && hear(hint))
  await move()
  await soon(context, 'a hint of the type due', heard)
  await unsubscribe()
}
