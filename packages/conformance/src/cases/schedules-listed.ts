import assert from 'node:assert/strict'
import type { ConformanceCase } from '../conformance-case.js'
import { idsOf } from '../moves.js'
import { aSchedule, everySchedule, put, scheduleCase } from './a-schedule.js'

/** `listSchedules`. */
export const scheduleListCases: readonly ConformanceCase[] = [
  scheduleCase(
    'schedules/list-sorted',
    'schedules are listed by id, in the order of code points',
    async ({ store }) => {
      // By code units the last two would change places.
      const ids = ['1', '10', '2', 'A', 'a', 'a:', 'ab', 'Ü', '～', '𝒳']
      for (const id of [...ids].reverse()) await put(store, aSchedule(null, { id }))
      assert.deepEqual(idsOf((await store.listSchedules({ limit: 100 })).schedules), ids)
      assert.deepEqual(idsOf((await store.listSchedules({ limit: 100, ids: [...ids].reverse() })).schedules), ids)
    },
  ),

  scheduleCase('schedules/list-pages', 'page by page each comes once', async ({ store }) => {
    const ids = Array.from({ length: 25 }, (_, index) => `schedule-${String.fromCharCode(97 + index)}`)
    for (const id of ids) await put(store, aSchedule(null, { id }))
    for (const limit of [1, 7, 25, 100]) assert.deepEqual(idsOf(await everySchedule(store, limit)), ids)
    const { schedules } = await store.listSchedules({ limit: 2, cursor: 'schedule-c' })
    assert.deepEqual(idsOf(schedules), ['schedule-d', 'schedule-e'], 'the id behind which the page begins')
    await store.removeSchedule({ ids: ['schedule-c'] })
    const later = await store.listSchedules({ limit: 1, cursor: 'schedule-c' })
    assert.deepEqual(idsOf(later.schedules), ['schedule-d'], 'also when that is gone')
  }),

  scheduleCase('schedules/list-ids', 'those asked for are listed, and none else', async ({ store }) => {
    for (const id of ['a', 'b', 'c', 'd']) await put(store, aSchedule(null, { id }))
    const { schedules, cursor } = await store.listSchedules({ limit: 10, ids: ['d', 'never', 'b'] })
    assert.deepEqual([idsOf(schedules), cursor], [['b', 'd'], null])
    assert.deepEqual((await store.listSchedules({ limit: 10, ids: ['never'] })).schedules, [])
  }),

  scheduleCase('schedules/list-now', 'a listing tells the clock of the store', async ({ store, harness, slackMs }) => {
    for (let turn = 0; turn < 2; turn++) {
      const off = (await store.listSchedules({ limit: 1 })).now - (await harness.now())
      assert.ok(Math.abs(off) <= slackMs)
      await harness.advance(5_000)
    }
  }),
]
