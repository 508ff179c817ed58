import assert from 'node:assert/strict'
import type { FireOutcome, FireTurn, NewJob, NewSchedule, Overlap, ScheduleFire, Store } from '@goscheds/core'
import {
  claim,
  HOUR,
  idsOf,
  kept,
  keysLeft,
  push,
  type ScriptCase,
  type ScriptCaseContext,
  scriptCase,
  scoresOf,
  settleAll,
} from './script-case.js'

const START = Date.UTC(2024, 0, 1)
const completed = { type: 'completed', retentionMs: 0 } as const
const texts = ['', '1\t2\n3', ' a\tb\n\0', '}{"', 'Ü☃𝒳', '{"rule":null}', '\n', '0']

/** When a schedule that has fired so many times fires next: a second apart. */
function nth(turn: number): { fireAt: number; dueAt: number } {
  return { fireAt: START - 60_000 + turn * 1_000, dueAt: START - 50_000 + turn * 1_000 }
}

/** Puts a schedule that is due; its revision. */
export async function put(store: Store, more: Partial<NewSchedule> = {}): Promise<number> {
  const outcome = await store.putSchedule({
    schedule: { id: 'nightly', rule: 'rule', next: nth(0), ...more },
    expect: null,
  })
  assert.equal(outcome.status, 'put')
  return outcome.status === 'put' ? outcome.revision : 0
}

interface FireMore {
  readonly id?: string
  readonly overlap?: Overlap
  readonly turn?: Partial<FireTurn>
  readonly job?: Partial<NewJob>
}

/** The fire of this turn; its job is named after both. */
export function fireOf(revision: number, turn: number, more: FireMore = {}): ScheduleFire {
  const id = more.id ?? 'nightly'
  const unique = { key: `schedule:${id}`, until: 'finished', onConflict: 'ignore' } as const
  const job = kept(`${id}@${turn}`, { executeAt: nth(turn).dueAt, unique, ...more.job })
  return {
    id,
    overlap: more.overlap ?? 'skip',
    turn: { revision, fireAt: nth(turn).fireAt, next: nth(turn + 1), missed: 0, ...more.turn },
    run: { fireAt: nth(turn).fireAt, job },
  }
}

function outOfTurn({ turn: _, ...fire }: ScheduleFire): ScheduleFire {
  return fire
}

async function fire(store: Store, ...fires: readonly ScheduleFire[]): Promise<FireOutcome['status'][]> {
  return (await store.fireSchedule({ fires })).map(({ status }) => status)
}

async function recordOf({ client, key }: ScriptCaseContext, id = 'nightly'): Promise<string | null> {
  return client.hget(key('schedules'), id)
}

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
    assert.deepEqual([shown?.rule, shown?.pausedNote, shown?.fires.length], ['longer\n', undefined, 1])
  }),

  scriptCase('schedules/unreadable', 'one that nobody can read is as if it were not there', async (context) => {
    const { store, client, key } = context
    const revision = await put(store)
    const whole = String(await recordOf(context))
    for (const text of ['damaged', whole.slice(0, -1), whole.replace('\t4\t0\t0\t', '\t4\t0\t1\t')]) {
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

  scriptCase('schedules/passed', 'promote passes what it cannot read, and waits for the next', async (context) => {
    const { store, client, key } = context
    for (const id of ['a', 'b', 'c', 'd', 'e']) await put(store, { id })
    await put(store, { id: 'later', next: { fireAt: START, dueAt: START + 5_000 } })
    for (const id of ['a', 'b', 'd']) await client.hset(key('schedules'), id, '2\tall new')
    const dueOf = async (limit: number): Promise<string[]> => {
      const { due, nextDueInMs } = await store.promote({ limit })
      assert.equal(nextDueInMs, 0)
      return idsOf(due?.schedules ?? [])
    }
    assert.deepEqual([await dueOf(1), await dueOf(2), await dueOf(3)], [['c'], ['c', 'e'], ['c', 'e']])
    for (const id of ['c', 'e']) await client.hset(key('schedules'), id, 'damaged')
    assert.deepEqual(await store.promote({ limit: 1 }), { promoted: 0, nextDueInMs: 5_000 })
    await push(store, kept('job', { delayMs: 4_000 }))
    assert.deepEqual(await store.promote({ limit: 1 }), { promoted: 0, nextDueInMs: 4_000 })
  }),

  scriptCase('schedules/fraction', 'nothing fires in the millisecond before it is due', async (context) => {
    const { store, advance } = context
    const next = { fireAt: START, dueAt: START + 1 }
    const revision = await put(store, { next })
    const one = fireOf(revision, 0, { turn: { fireAt: START }, job: { executeAt: START + 1 } })
    await advance(0.6)
    assert.deepEqual(await fire(store, one), ['early'])
    const { due, nextDueInMs } = await store.promote({ limit: 1 })
    assert.deepEqual([due, nextDueInMs], [undefined, 0.4])
    await advance(0.6)
    assert.deepEqual((await store.promote({ limit: 1 })).due?.now, START + 1)
    assert.equal((await store.listSchedules({ limit: 1 })).now, START + 1)
    assert.deepEqual(await fire(store, one), ['fired'])
  }),

  scriptCase('schedules/stale-hold', 'a hold of a job that is over keeps no fire back', async (context) => {
    const { store, client, key } = context
    const revision = await put(store)
    await client.hset(key('unique'), 'email\tschedule:nightly', '1\ta9\tgone\tfinished\t')
    assert.deepEqual(await fire(store, fireOf(revision, 0)), ['fired'])
    assert.deepEqual(idsOf(await claim(store)), ['nightly@0'])
  }),

  scriptCase('schedules/newer-hold', 'behind a hold of a later release every overlap skips', async (context) => {
    const { store, client, key } = context
    const revision = await put(store)
    await client.hset(key('unique'), 'email\tschedule:nightly', '2\tz9\ttheirs\tall new')
    const overlaps = ['skip', 'bufferOne', 'bufferAll', 'cancelOther'] as const
    const fires = overlaps.map((overlap, turn) => fireOf(revision, turn, { overlap }))
    const outcomes = await store.fireSchedule({ fires })
    assert.deepEqual(
      outcomes,
      overlaps.map(() => ({ status: 'skipped', jobId: 'theirs' })),
    )
    assert.equal(await client.hget(key('unique'), 'email\tschedule:nightly'), '2\tz9\ttheirs\tall new')
    assert.deepEqual(await store.counts({}), [])
  }),

  scriptCase('schedules/hold-for-a-time', 'behind a key that is held for a time nothing is parked', async (context) => {
    const { store, advance } = context
    const revision = await put(store)
    const unique = { key: 'schedule:nightly', until: { ttlMs: HOUR }, onConflict: 'ignore' } as const
    await push(store, kept('pushed', { unique }))
    const overlaps = ['skip', 'bufferOne', 'bufferAll', 'cancelOther'] as const
    const fires = overlaps.map((overlap, turn) => fireOf(revision, turn, { overlap }))
    assert.deepEqual(
      await store.fireSchedule({ fires }),
      overlaps.map(() => ({ status: 'skipped', jobId: 'pushed' })),
    )
    assert.deepEqual(idsOf(await claim(store)), ['pushed'])
    await advance(HOUR)
    assert.deepEqual(await fire(store, fireOf(revision, 4)), ['fired'])
  }),

  scriptCase('schedules/index', 'entries of no parked job are neither counted nor cancelled', async (context) => {
    const { store, client, key } = context
    const revision = await put(store)
    await fire(store, fireOf(revision, 0))
    const stale = (id: string): Promise<unknown> =>
      client.zadd(key('parked'), 0, `email\tschedule:nightly\ta1\t0\t${id}`)
    await push(store, kept('other', { delayMs: HOUR }))
    await stale('gone')
    await stale('other')
    assert.deepEqual(await fire(store, fireOf(revision, 1, { overlap: 'bufferOne' })), ['buffered'])
    await stale('other')
    assert.deepEqual(await fire(store, fireOf(revision, 2, { overlap: 'cancelOther' })), ['fired'])
    const states = (await store.get({ ids: ['nightly@0', 'nightly@1', 'other'] })).map((job) => job?.state)
    assert.deepEqual(states, ['cancelled', 'cancelled', 'scheduled'])
  }),

  scriptCase('schedules/cancel-newer', 'cancelOther leaves jobs of a later release alone', async (context) => {
    const { store, client, key } = context
    const revision = await put(store)
    await fire(store, fireOf(revision, 0), fireOf(revision, 1, { overlap: 'bufferOne' }))
    for (const id of ['nightly@0', 'nightly@1']) await client.hset(key('extras'), id, '2\tall new')
    assert.deepEqual(await fire(store, fireOf(revision, 2, { overlap: 'cancelOther' })), ['buffered'])
    assert.equal(await client.hget(key('extras'), 'nightly@1'), '2\tall new')
    const states = (await store.get({ ids: ['nightly@0', 'nightly@1'] })).map((job) => job?.state)
    assert.deepEqual(states, ['ready', 'scheduled'])
  }),

  scriptCase('schedules/extras', 'what a fire asks for its job is kept with the job', async (context) => {
    const { store, advance } = context
    const revision = await put(store)
    const asked = { priority: -5, expiresAt: START + 1_000 }
    await fire(store, fireOf(revision, 0, { job: asked }), fireOf(revision, 1, { overlap: 'allowAll' }))
    const [job] = await store.get({ ids: ['nightly@0'] })
    assert.deepEqual([job?.priority, job?.expiresAt, job?.unique?.key], [-5, START + 1_000, 'schedule:nightly'])
    const [first] = await claim(store, 1)
    assert.equal(first?.id, 'nightly@0')
    await settleAll(store, first === undefined ? [] : [first], completed)
    await advance(1_000)
    assert.deepEqual(await fire(store, fireOf(revision, 2, { job: { expiresAt: START + 2_000 } })), ['fired'])
    await advance(1_000)
    assert.deepEqual(idsOf((await store.reap({ limit: 10, maxRecoveries: 1 })).expired), ['nightly@2'])
  }),

  scriptCase('schedules/dead-runs', 'only a run that is dead now pauses, and of the kept fires', async (context) => {
    const { store, client, key } = context
    const revision = await put(store)
    const turn = { pauseOnDead: 'it died' }
    await fire(store, fireOf(revision, 0))
    await client.hset(key('runs'), 'nightly@0', '2\t1\t1\t0\tdead\t5\tattempts')
    assert.deepEqual(await fire(store, fireOf(revision, 1, { turn })), ['skipped'])
    await client.hset(key('runs'), 'nightly@0', '1\t1\t1\t0\tcompleted\t5\t')
    assert.deepEqual(await fire(store, fireOf(revision, 2, { turn, overlap: 'allowAll' })), ['fired'])
    await client.hset(key('runs'), 'nightly@0', '1\t1\t1\t0\tdead\t5\tattempts')
    assert.deepEqual(await fire(store, fireOf(revision, 3, { turn })), ['paused'])
    assert.equal(await client.exists(key('fires')), 0)
    const [shown] = (await store.listSchedules({ limit: 1 })).schedules
    assert.deepEqual([shown?.pausedNote, shown?.pausedAt, shown?.next], ['it died', START, nth(3)])
  }),
]
