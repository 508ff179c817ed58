import type { FireTurn, NewSchedule, Overlap, ScheduleFire } from '@goscheds/core'
import { describe, expect, it } from 'vitest'
import { openManualMemoryStore } from '../src/testing.js'

const rig = openManualMemoryStore

function aSchedule(now: number, overrides: Partial<NewSchedule> = {}): NewSchedule {
  return { id: 's', rule: 'r', next: { fireAt: now, dueAt: now }, ...overrides }
}

function aFire(now: number, overlap: Overlap, id: string, turn?: FireTurn): ScheduleFire {
  const job = {
    ...{ id, name: 'email', payload: '', options: '', retention: { completedMs: 1e9, deadMs: 1e9 }, executeAt: now },
    unique: { key: 'schedule:s', until: 'finished', onConflict: 'ignore' },
  } as const
  return { id: 's', overlap, run: { fireAt: now, job }, ...(turn !== undefined && { turn }) }
}

describe('schedules of a memory store', () => {
  it('fire once, move on, and end after so many runs', async () => {
    const { store, now, advance } = rig()
    const at = await now()
    const put = await store.putSchedule({ schedule: aSchedule(at), expect: null })
    expect(await store.putSchedule({ schedule: aSchedule(at), expect: null })).toEqual({ status: 'moved' })
    if (put.status !== 'put') throw new Error('it was not put')
    const { revision } = put
    const due = await store.promote({ limit: 10 })
    expect(due).toEqual({
      ...{ promoted: 0, nextDueInMs: 0 },
      due: { now: at, schedules: [{ id: 's', rule: 'r', fireAt: at, dueAt: at, revision, fired: 0 }] },
    })
    const next = { fireAt: at + 10, dueAt: at + 15 }
    const turn = { revision, fireAt: at, next, missed: 2, maxRuns: 2 }
    const fire = aFire(at, 'skip', 'a', turn)
    const fired = { status: 'fired', jobId: 'a' }
    expect(await store.fireSchedule({ fires: [fire, fire] })).toEqual([fired, { status: 'moved' }])
    expect(await store.promote({ limit: 10 })).toEqual({ promoted: 0, nextDueInMs: 15 })
    await advance(10)
    const second = aFire(at + 10, 'bufferOne', 'b', { ...turn, fireAt: at + 10, missed: 0 })
    expect(await store.fireSchedule({ fires: [second] })).toEqual([{ status: 'early' }])
    await advance(5)
    expect(await store.fireSchedule({ fires: [second] })).toEqual([{ status: 'buffered', jobId: 'b' }])
    const { schedules } = await store.listSchedules({ limit: 10 })
    expect(schedules).toEqual([
      {
        ...{ id: 's', rule: 'r', next: null, revision, createdAt: at, updatedAt: at, fired: 2, missed: 2, skipped: 0 },
        fires: [
          { fireAt: at, at, outcome: 'fired', jobId: 'a' },
          { fireAt: at + 10, at: at + 15, outcome: 'buffered', jobId: 'b' },
        ],
      },
    ])
    expect(await store.promote({ limit: 10 })).toEqual({ promoted: 0, nextDueInMs: null })
  })

  it.each([
    ['skip', 'skipped', ['ready']],
    ['bufferOne', 'buffered', ['ready', 'scheduled']],
    ['cancelOther', 'fired', ['cancelled', 'ready']],
    ['allowAll', 'fired', ['ready', 'ready']],
  ] as const)('under %s a fire over a waiting one is %s', async (overlap, status, states) => {
    const { store, now } = rig()
    const at = await now()
    await store.putSchedule({ schedule: aSchedule(at), expect: null })
    const outcomes = await store.fireSchedule({ fires: [aFire(at, overlap, 'a'), aFire(at, overlap, 'b')] })
    expect(outcomes).toMatchObject([{ status: 'fired' }, { status, jobId: status === 'skipped' ? 'a' : 'b' }])
    const jobs = await store.get({ ids: ['a', 'b'] })
    expect(jobs.flatMap((job) => job?.state ?? [])).toEqual(states)
  })

  it('cancel what is parked and ask the active one to end, and then run', async () => {
    const { store, now } = rig()
    const at = await now()
    await store.putSchedule({ schedule: aSchedule(at), expect: null })
    const [first, second, third] = ['a', 'b', 'c'].map((id) => aFire(at, id === 'c' ? 'cancelOther' : 'bufferAll', id))
    if (first === undefined || second === undefined || third === undefined) throw new Error('there are three')
    await store.fireSchedule({ fires: [first] })
    const { jobs } = await store.claim({ name: 'email', worker: 'w', limit: 1, leaseMs: 1_000 })
    expect(await store.fireSchedule({ fires: [second, third] })).toMatchObject([
      { status: 'buffered' },
      { status: 'buffered' },
    ])
    const [lease] = jobs
    if (lease === undefined) throw new Error('nothing was claimed')
    const settlement = { type: 'retry', delayMs: 0, error: '' } as const
    expect(await store.settle({ entries: [{ lease, settlement }] })).toMatchObject([{ state: 'cancelled' }])
    const states = (await store.get({ ids: ['a', 'b', 'c'] })).map((job) => job?.state)
    expect(states).toEqual(['cancelled', 'cancelled', 'ready'])
  })

  it('pause on a dead run since they were put, and not on one before', async () => {
    const { store, now, advance } = rig()
    const at = await now()
    const put = await store.putSchedule({ schedule: aSchedule(at), expect: null })
    if (put.status !== 'put') throw new Error('it was not put')
    await store.fireSchedule({ fires: [aFire(at, 'skip', 'a')] })
    const { jobs } = await store.claim({ name: 'email', worker: 'w', limit: 1, leaseMs: 1_000 })
    const settlement = { type: 'dead', reason: 'attempts', error: '', retentionMs: 1e6 } as const
    await store.settle({ entries: jobs.map((lease) => ({ lease, settlement })) })
    const turn = { revision: put.revision, fireAt: at, next: null, missed: 0, pauseOnDead: 'died' }
    expect(await store.fireSchedule({ fires: [aFire(at, 'skip', 'b', turn)] })).toEqual([{ status: 'paused' }])
    const { schedules } = await store.listSchedules({ limit: 1, ids: ['s', 'none'] })
    expect(schedules).toMatchObject([{ pausedNote: 'died', pausedAt: at, next: { fireAt: at } }])
    await advance(1)
    const again = await store.putSchedule({
      schedule: aSchedule(at),
      expect: { revision: put.revision, fireAt: at },
    })
    if (again.status !== 'put') throw new Error('it was not put again')
    const later = { ...turn, revision: again.revision }
    expect(await store.fireSchedule({ fires: [aFire(at, 'skip', 'b', later)] })).toMatchObject([{ status: 'fired' }])
  })
})
