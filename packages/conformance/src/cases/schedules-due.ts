import assert from 'node:assert/strict'
import { MAX_DUE_RULE_BYTES } from '@goscheds/core'
import { aJob, HOUR } from '../a-job.js'
import type { CaseContext, ConformanceCase } from '../conformance-case.js'
import { enqueue, idsOf } from '../moves.js'
import { aSchedule, at, dueIds, fires, inTurn, put, putDue, scheduleCase, show } from './a-schedule.js'

/** What `promote` shows of schedules. */
export const scheduleDueCases: readonly ConformanceCase[] = [
  scheduleCase('schedules/due-shown', 'a due schedule is shown with all that a fire needs', async (context) => {
    const { store, harness, slackMs } = context
    const standing = await putDue(context, { rule: 'the rule' })
    const { revision, next } = standing
    const later = { fireAt: next.fireAt + 1_000, dueAt: next.fireAt + 2_000 }
    await fires(store, inTurn(standing, { turn: { next: later } }), 'fired')
    const { due } = await store.promote({ limit: 10 })
    assert.deepEqual(due?.schedules, [{ id: 'nightly', rule: 'the rule', revision, ...later, fired: 1 }])
    assert.ok(Math.abs(due.now - (await harness.now())) <= slackMs, "with the store's clock")
  }),

  scheduleCase('schedules/due-again', 'nothing is done about a due schedule: it is shown again', async (context) => {
    const { store } = context
    await putDue(context)
    const before = await show(store)
    for (let turn = 0; turn < 3; turn++) assert.deepEqual(await dueIds(store), ['nightly'])
    assert.deepEqual(await show(store), before)
    assert.deepEqual(await store.counts({}), [])
  }),

  scheduleCase('schedules/due-none', 'without a due schedule there is no `due`', async ({ store, harness }) => {
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
    await put(store, aSchedule(at((await harness.now()) + HOUR)))
    assert.equal('due' in (await store.promote({ limit: 10 })), false)
  }),

  scheduleCase(
    'schedules/due-exactly-now',
    'it is due at its due time, and neither at its nominal time nor a millisecond before',
    async ({ store, harness }) => {
      const now = await harness.now()
      await put(store, aSchedule({ fireAt: now - 5_000, dueAt: now + 1_000 }))
      assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: 1_000 })
      await harness.advance(999)
      assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: 1 })
      await harness.advance(1)
      assert.deepEqual(await dueIds(store), ['nightly'])
    },
    'still-clock',
  ),

  scheduleCase('schedules/due-order', 'the earliest due time comes first, and among equals by id', async (context) => {
    const { store, harness } = context
    const now = await harness.now()
    const late = ['𝒳', '～', 'b', 'B', '10', '2']
    for (const [index, id] of late.entries()) {
      await put(store, aSchedule({ fireAt: now - 90_000 + index, dueAt: now - 1_000 }, { id }))
    }
    await put(store, aSchedule(at(now - 30_000), { id: 'z' }))
    await put(store, aSchedule({ fireAt: now - 2_000, dueAt: now - 500 }, { id: 'a' }))
    const ids = ['z', '10', '2', 'B', 'b', '～', '𝒳', 'a']
    assert.deepEqual(await dueIds(store), ids)
    assert.deepEqual(await dueIds(store, 3), ids.slice(0, 3), 'up to the limit')
  }),

  scheduleCase('schedules/due-limit', 'the limit is one of jobs and one of schedules', async (context) => {
    const { store, harness } = context
    for (const id of ['a', 'b', 'c']) await putDue(context, { id })
    await enqueue(store, [aJob({ delayMs: 1_000 }), aJob({ delayMs: 1_000 }), aJob({ delayMs: 1_000 })])
    await harness.advance(1_000)
    const { promoted, due, nextDueInMs } = await store.promote({ limit: 2 })
    assert.deepEqual([promoted, idsOf(due?.schedules ?? []), nextDueInMs], [2, ['a', 'b'], 0])
  }),

  scheduleCase('schedules/due-bytes', 'no more is shown than a mebibyte of rules, but always one', async (context) => {
    const { store } = context
    // Two bytes a character.
    const ruleOf = (bytes: number) => 'é'.repeat(bytes / 2)
    const [a, , c] = [
      await putDue(context, { id: 'a', rule: ruleOf(600_000) }),
      await putDue(context, { id: 'b', rule: ruleOf(MAX_DUE_RULE_BYTES - 600_000) }),
      await putDue(context, { id: 'c', rule: ruleOf(600_002) }),
      await putDue(context, { id: 'd', rule: 'short' }),
    ]
    assert.deepEqual(await dueIds(store), ['a', 'b'])
    await fires(store, inTurn(a, { turn: { next: null } }), 'fired')
    assert.deepEqual(await dueIds(store), ['b'], 'and none behind one that is too much')
    await put(store, aSchedule(at(c.next.fireAt - 1_000), { id: 'long', rule: ruleOf(2 * MAX_DUE_RULE_BYTES) }))
    assert.deepEqual(await dueIds(store), ['long'])
  }),

  scheduleCase('schedules/next-due', 'the next due time is that of the first job or schedule', async (context) => {
    const { store, harness } = context
    const now = await harness.now()
    await put(store, aSchedule({ fireAt: now, dueAt: now + 30_000 }))
    await expectNext(context, 30_000)
    await enqueue(store, [aJob({ delayMs: 50_000 })])
    await expectNext(context, 30_000)
    await enqueue(store, [aJob({ delayMs: 20_000 })])
    await expectNext(context, 20_000)
    await store.removeSchedule({ ids: ['nightly'] })
    await harness.advance(20_000)
    await store.promote({ limit: 10 })
    await expectNext(context, 30_000)
  }),

  scheduleCase('schedules/next-due-now', 'the next due time is 0 while a schedule is due', async (context) => {
    const { store, harness } = context
    const standing = await putDue(context)
    await enqueue(store, [aJob({ delayMs: HOUR })])
    assert.equal((await store.promote({ limit: 10 })).nextDueInMs, 0)
    const next = at((await harness.now()) + 30_000)
    await fires(store, inTurn(standing, { turn: { next } }), 'fired')
    await expectNext(context, 30_000)
  }),

  scheduleCase('schedules/paused-is-not-due', 'a paused one is not due until it is resumed', async (context) => {
    const { store } = context
    const { revision, next } = await putDue(context, { pausedNote: 'why' })
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
    const resumed = await put(store, aSchedule(next), { revision, fireAt: next.fireAt })
    assert.deepEqual(await dueIds(store), ['nightly'])
    await put(store, aSchedule(next, { pausedNote: 'again' }), { revision: resumed, fireAt: next.fireAt })
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
  }),

  scheduleCase('schedules/no-more-is-not-due', 'one that fires no more is not due', async (context) => {
    const { store } = context
    const { revision, next } = await putDue(context)
    await put(store, aSchedule(null), { revision, fireAt: next.fireAt })
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
  }),

  scheduleCase('schedules/removed-is-not-due', 'a removed one is not due', async (context) => {
    const { store } = context
    await putDue(context)
    await store.removeSchedule({ ids: ['nightly'] })
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
  }),
]

async function expectNext({ store, slackMs }: CaseContext, expected: number): Promise<void> {
  const { nextDueInMs } = await store.promote({ limit: 10 })
  assert.ok(nextDueInMs !== null, 'there is a next due time')
  const off = expected - nextDueInMs
  assert.ok(off >= 0 && off <= slackMs, `next due in ${nextDueInMs} ms, not ${expected}`)
}
