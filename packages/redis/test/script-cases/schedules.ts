import assert from 'node:assert/strict'
import { fire, fireOf, nth, outOfTurn, put, recordOf, START } from './a-schedule.js'
import { keysLeft, scoresOf, type ScriptCase, scriptCase } from './script-case.js'

const texts = ['', '1\t2\n3', ' a\tb\n\0', '}{"', 'Ü☃𝒳', '{"rule":null}', '\n', '0']

/** What the scripts keep of schedules, and what they make of what they cannot read. */
export const scheduleCases: readonly ScriptCase[] = [
  scriptCase('schedules/record', 'a schedule is kept in one text, with its place and its id', async (context) => {
    const { store, advance } = context
    const revision = await put(store, { pausedNote: 'why' })
    const where = `${nth(0).fireAt}\t${nth(0).dueAt}`
    assert.equal(await recordOf(context), `1\t1\t${START}\t${START}\t${START}\t${where}\t0\t0\t0\t4\t3\t0\trulewhy`)
    assert.deepEqual(await keysLeft(context), ['generation', 'schedule-ids', 'schedules'])
    await advance(1_000.7)
    const expect = { revision, fireAt: nth(0).fireAt }
    await store.putSchedule({ schedule: { id: 'nightly', rule: 'other', next: nth(0) }, expect })
    await fire(store, fireOf(2, 0, { turn: { missed: 7 } }), fireOf(2, 1))
    const kept = [
      `${nth(0).fireAt}\t${START + 1_000}\tfired\tnightly@0\n`,
      `${nth(1).fireAt}\t${START + 1_000}\tskipped\t\n`,
    ].join('')
    const stands = `${nth(2).fireAt}\t${nth(2).dueAt}`
    assert.equal(
      await recordOf(context),
      `1\t2\t${START}\t${START + 1_000}\t\t${stands}\t1\t7\t1\t5\t0\t${kept.length}\tother${kept}`,
    )
    assert.deepEqual(await scoresOf(context, 'fires'), { nightly: nth(2).dueAt })
    assert.deepEqual(await scoresOf(context, 'schedule-ids'), { nightly: 0 })
  }),

  scriptCase('schedules/removed', 'what is removed leaves no key behind', async (context) => {
    const { store } = context
    await put(store)
    await put(store, { id: 'weekly' })
    assert.deepEqual(await store.removeSchedule({ ids: ['nightly', 'weekly'] }), [true, true])
    assert.deepEqual(await keysLeft(context), ['generation'])
  }),

  scriptCase('schedules/fires-no-more', 'one that fires no more is not among those that fire', async (context) => {
    const { store, client, key } = context
    const revision = await put(store)
    await fire(store, fireOf(revision, 0, { turn: { next: null } }))
    assert.equal(await client.exists(key('fires')), 0)
    assert.equal(await client.hexists(key('schedules'), 'nightly'), 1)
  }),

  scriptCase('schedules/texts', 'rules, notes and ids may hold any characters, through fires too', async (context) => {
    const { store } = context
    const ids = texts.map((text, n) => `𝒳 ${n} Ü%${text.replaceAll(/\p{Cc}/gu, '')}`)
    for (const [n, id] of ids.entries()) {
      const [rule = '', pausedNote = ''] = [texts[n], texts[(n + 1) % texts.length]]
      const revision = await put(store, { id, rule })
      assert.deepEqual(await fire(store, fireOf(revision, 0, { id })), ['fired'])
      const { due } = await store.promote({ limit: 100 })
      assert.equal(due?.schedules.find((one) => one.id === id)?.rule, rule)
      const expect = { revision, fireAt: nth(1).fireAt }
      await store.putSchedule({ schedule: { id, rule, next: nth(1), pausedNote }, expect })
      const [shown] = (await store.listSchedules({ limit: 1, ids: [id] })).schedules
      assert.deepEqual([shown?.rule, shown?.pausedNote, shown?.fired], [rule, pausedNote, 1])
      assert.deepEqual(shown?.fires, [{ fireAt: nth(0).fireAt, at: START, outcome: 'fired', jobId: `${id}@0` }])
    }
  }),

  scriptCase('schedules/newer', 'a schedule of a later release is left alone (G19)', async (context) => {
    const { store, client, key } = context
    const revision = await put(store)
    await client.hset(key('schedules'), 'nightly', '2\tall new')
    const schedule = { id: 'nightly', rule: 'mine', next: nth(0) }
    for (const expect of [null, { revision, fireAt: nth(0).fireAt }, { revision, fireAt: null }])
      assert.deepEqual(await store.putSchedule({ schedule, expect }), { status: 'moved' })
    assert.deepEqual(await fire(store, fireOf(revision, 0), outOfTurn(fireOf(revision, 0))), ['not-found', 'not-found'])
    assert.deepEqual(await store.removeSchedule({ ids: ['nightly'] }), [false])
    assert.deepEqual((await store.listSchedules({ limit: 10 })).schedules, [])
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
    assert.equal(await recordOf(context), '2\tall new')
    assert.deepEqual(await scoresOf(context, 'fires'), { nightly: nth(0).dueAt })
    assert.deepEqual(await scoresOf(context, 'schedule-ids'), { nightly: 0 })
    assert.deepEqual(await store.counts({}), [])
  }),

  scriptCase('schedules/behind', 'what a later release has added behind is kept', async (context) => {
    const { store, client, key } = context
    const revision = await put(store, { rule: 'a\tb', pausedNote: 'c' })
    await client.hset(key('schedules'), 'nightly', `${await recordOf(context)}\tlater\n\tstill`)
    const expect = { revision, fireAt: nth(0).fireAt }
    await store.putSchedule({ schedule: { id: 'nightly', rule: 'longer\n', next: nth(0) }, expect })
    await fire(store, fireOf(2, 0))
    assert.equal((await recordOf(context))?.endsWith('\tfired\tnightly@0\n\tlater\n\tstill'), true)
    const [shown] = (await store.listSchedules({ limit: 1 })).schedules
    assert.deepEqual([shown?.rule, shown?.pausedNote], ['longer\n', undefined])
    assert.deepEqual(shown?.fires, [{ fireAt: nth(0).fireAt, at: START, outcome: 'fired', jobId: 'nightly@0' }])
  }),

  scriptCase('schedules/unreadable', 'one that nobody can read is as if it were not there', async (context) => {
    const { store, client, key } = context
    const revision = await put(store)
    const whole = String(await recordOf(context))
    const longer = ['5\t0\t0', '4\t1\t0', '4\t0\t1'].map((lengths) => whole.replace('4\t0\t0', lengths))
    for (const text of ['damaged', whole.slice(0, -1), ...longer]) {
      await client.hset(key('schedules'), 'nightly', text)
      assert.deepEqual(await fire(store, fireOf(revision, 0)), ['not-found'])
      assert.deepEqual((await store.listSchedules({ limit: 1 })).schedules, [])
      assert.deepEqual(await store.promote({ limit: 1 }), { promoted: 0, nextDueInMs: null })
    }
    await put(store, { rule: 'new' })
    assert.equal((await store.listSchedules({ limit: 1 })).schedules[0]?.rule, 'new')
    await client.hset(key('schedules'), 'nightly', 'damaged')
    assert.deepEqual(await store.removeSchedule({ ids: ['nightly'] }), [true])
  }),

  scriptCase('schedules/hints', 'a put is told if the schedule becomes the first, else not', async (context) => {
    const { store, client, key } = context
    const heard = client.duplicate()
    const told: string[] = []
    heard.on('message', (_channel: string, message: string) => void told.push(message))
    await heard.subscribe(key('hints'))
    const first = await put(store)
    await put(store, { id: 'later', next: nth(1) })
    await put(store, { id: 'never', next: null })
    await put(store, { id: 'paused', pausedNote: '' })
    const expect = { revision: first, fireAt: nth(0).fireAt }
    const schedule = { id: 'nightly', rule: 'other', next: nth(0) }
    await store.putSchedule({ schedule, expect })
    await put(store, { id: 'earliest', next: { fireAt: 5, dueAt: 10 } })
    await client.publish(key('hints'), 'end')
    while (told.at(-1) !== 'end') await new Promise((resolve) => setImmediate(resolve))
    heard.disconnect()
    assert.deepEqual(told, ['due', 'due', 'end'])
  }),
]
