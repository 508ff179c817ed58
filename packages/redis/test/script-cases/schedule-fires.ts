import assert from 'node:assert/strict'
import { fire, fireOf, nth, outOfTurn, put, recordOf, START } from './a-schedule.js'
import { claim, HOUR, idsOf, kept, push, settleAll, type ScriptCase, scriptCase } from './script-case.js'

const completed = { type: 'completed', retentionMs: 0 } as const

/** What becomes of fires, and of what `promote` shows, where the keys hold what no caller of a store can put there. */
export const scheduleFireCases: readonly ScriptCase[] = [
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
    await client.zadd(key('fires'), START, 'a')
    assert.deepEqual(await store.promote({ limit: 1 }), { promoted: 0, nextDueInMs: 4_000 })
  }),

  scriptCase(
    'schedules/passed-many',
    'promote passes a thousand of those, and shows no more than asked',
    async (context) => {
      const { store, client, key } = context
      await put(store, { id: 'z' })
      const [text, id] = [String(await recordOf(context, 'z')), (n: number) => String(n).padStart(4, '0')]
      const plant = async (from: number, to: number, record: string): Promise<void> => {
        const ids = Array.from({ length: to - from }, (_, i) => id(from + i))
        await client.zadd(key('fires'), ...ids.flatMap((one) => [nth(0).dueAt, one]))
        await client.hset(key('schedules'), ...ids.flatMap((one) => [one, record]))
      }
      const due = async (limit: number): Promise<string[]> =>
        idsOf((await store.promote({ limit })).due?.schedules ?? [])
      await plant(0, 1_000, '2\tall new')
      assert.deepEqual(await due(1_000), ['z'])
      await plant(1_000, 1_001, '2\tall new')
      assert.deepEqual(await due(1), [])
      await plant(600, 1_001, text)
      assert.deepEqual((await due(1_000)).length, 402)
      assert.deepEqual(
        await due(599),
        Array.from({ length: 402 }, (_, i) => (i < 401 ? id(600 + i) : 'z')),
      )
      assert.deepEqual((await due(400)).length, 400)
      assert.deepEqual(
        await due(350),
        Array.from({ length: 350 }, (_, i) => id(600 + i)),
      )
    },
  ),

  scriptCase('schedules/wrong-type', 'a fire that could not move its schedule on makes no job', async (context) => {
    const { store, client, key } = context
    const revision = await put(store)
    await client.set(key('fires'), 'damaged')
    await assert.rejects(store.fireSchedule({ fires: [fireOf(revision, 0)] }), /WRONGTYPE/)
    assert.deepEqual(await store.counts({}), [])
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
    await advance(0.6)
    const later = fireOf(revision, 1, { job: { unique: { key: 'other', until: 'finished', onConflict: 'ignore' } } })
    assert.deepEqual(await fire(store, outOfTurn(later)), ['fired'])
    const enqueuedAt = (await store.get({ ids: ['nightly@0', 'nightly@1'] })).map((job) => job?.enqueuedAt)
    assert.deepEqual(enqueuedAt, [START + 1, START + 1])
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
