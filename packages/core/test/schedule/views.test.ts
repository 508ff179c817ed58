import { describe, expect, it } from 'vitest'
import { aRunningSchedule, aSchedule, on } from '../support/a-schedule.js'
import { aWorld } from '../support/a-world.js'

const INVALID = expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error

describe('a schedule that is not there', () => {
  it('is an answer and no fault', async () => {
    const { schedules } = aWorld().scheduler()
    expect(await schedules.get('x')).toBeNull()
    expect(await schedules.remove('x')).toBe(false)
    expect(await schedules.next('x')).toBeNull()
    expect(await schedules.pause('x')).toEqual({ status: 'not-found' })
    expect(await schedules.resume('x')).toEqual({ status: 'not-found' })
    expect(await schedules.trigger('x')).toEqual({ status: 'not-found' })
    const range = { from: on('00:00:00'), to: on('00:00:00') }
    expect(await schedules.backfill('x', range)).toEqual({
      ...{ status: 'not-found', fired: 0, buffered: 0, skipped: 0, duplicates: 0 },
    })
  })
})

describe('a view', () => {
  it('shows the rule, the last ten fires and the next ten', async () => {
    const { schedules, clock } = await aRunningSchedule({ id: 's0', jitterMs: 50_000, maxRuns: 15 })
    await clock.advance(720_000)
    const view = await schedules.get('s0')
    expect(view).toMatchObject({
      ...{
        id: 's0',
        name: 'report',
        args: { n: 1 },
        everyMs: 60_000,
        phaseMs: 0,
        overlap: 'allowAll',
        catchUp: 'each',
      },
      ...{ catchUpWindowMs: 86_400_000, jitterMs: 50_000, maxRuns: 15, pauseOnDead: false, maxAttempts: 10 },
      ...{ priority: 0, retain: { completedMs: 0, deadMs: 2_592_000_000 }, metadata: {}, fired: 11 },
      ...{ createdAt: on('00:00:00'), updatedAt: on('00:00:00'), nextAt: new Date(+on('00:12:00') + 46_112) },
    })
    expect(view?.fires.map(({ fireAt }) => fireAt.toISOString().slice(14, 16)).join()).toBe(
      '02,03,04,05,06,07,08,09,10,11',
    )
    expect(view?.fires.at(-1)).toEqual({
      ...{ fireAt: on('00:11:00'), at: new Date(+on('00:11:00') + 46_112) },
      ...{ outcome: 'fired', jobId: 's0@2024-01-01T00:11:00.000Z' },
    })
    // maxRuns leaves four.
    expect(view?.next.map(({ fireAt }) => +fireAt - +on('00:12:00'))).toEqual([0, 60_000, 120_000, 180_000])
    expect(view?.next.map(({ fireAt, dueAt }) => +dueAt - +fireAt)).toEqual(Array(4).fill(46_112))
    await schedules.put(aSchedule({ id: 'c', cron: '0 9 * * 1', timeZone: 'Europe/Paris' }))
    expect((await schedules.get('c'))?.next).toHaveLength(10)
    expect(await schedules.get('c')).toMatchObject({ cron: '0 9 * * 1', timeZone: 'Europe/Paris' })
  })

  it('comes in pages, by id', async () => {
    const { schedules } = aWorld().scheduler()
    for (const id of ['c', 'a', 'b']) await schedules.put(aSchedule({ id }))
    const first = await schedules.list({ limit: 2 })
    expect(first.schedules.map(({ id }) => id)).toEqual(['a', 'b'])
    const second = await schedules.list({ cursor: first.cursor })
    expect(second).toMatchObject({ schedules: [{ id: 'c' }], cursor: null })
    await expect(schedules.list({ limit: 0 })).rejects.toThrow(INVALID)
    await expect(schedules.list({ cursor: 5 } as never)).rejects.toThrow(INVALID)
    await expect(schedules.list({ state: 'ready' } as never)).rejects.toThrow(INVALID)
  })

  it('of a rule that cannot be read says why, and shows the rest', async () => {
    const { schedules, memory } = await aRunningSchedule()
    const next = { fireAt: +on('12:00:00'), dueAt: +on('12:00:00') }
    await memory.putSchedule({ schedule: { id: 'bad', rule: '{', next }, expect: null })
    const { schedules: views } = await schedules.list()
    expect(views).toMatchObject([
      { id: 'bad', nextAt: on('12:00:00'), fired: 0, undecodable: expect.stringContaining('cannot be read') },
      { id: 's', name: 'report' },
    ])
    expect(views[0]).not.toHaveProperty('name')
  })
})

describe('the next times', () => {
  it('of any rule are nominal ones after now, or after a time', async () => {
    const { schedules } = aWorld().scheduler()
    const at = (times: readonly Date[] | null) => times?.map((time) => time.toISOString().slice(0, 16))
    expect(at(await schedules.next({ cron: '0 9 * * *', timeZone: 'Europe/Paris' }, 2))).toEqual([
      ...['2024-01-01T08:00', '2024-01-02T08:00'],
    ])
    const spring = new Date('2024-03-30T12:00:00Z')
    const options = { cron: '0 9 * * *', timeZone: 'Europe/Paris' }
    expect(at(await schedules.next(options, 1, spring))).toEqual(['2024-03-31T07:00'])
    expect(await schedules.next(aSchedule({ jitterMs: 50_000 }))).toHaveLength(10)
    expect(await schedules.next(aSchedule({ maxRuns: 3 }))).toHaveLength(3)
    expect(await schedules.next({ everyMs: 60_000, endAt: on('00:02:00') })).toEqual([on('00:01:00'), on('00:02:00')])
    await expect(schedules.next({ cron: 'x' })).rejects.toThrow(INVALID)
    await expect(schedules.next({ everyMs: 60_000 }, 0)).rejects.toThrow(INVALID)
  })

  it('of a stored schedule are those from where it stands', async () => {
    const { schedules, clock } = await aRunningSchedule({ maxRuns: 4 })
    await clock.advance(60_000)
    expect(await schedules.next('s', 2)).toEqual([on('00:02:00'), on('00:03:00')])
    expect(await schedules.next('s')).toEqual([on('00:02:00'), on('00:03:00'), on('00:04:00')])
    expect(await schedules.next('s', 1, on('12:00:00'))).toEqual([on('12:01:00')])
  })
})
