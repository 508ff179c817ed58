import { describe, expect, it } from 'vitest'
import type { ScheduleInput } from '../../src/index.js'
import { aSchedule, aSchedulingWorld, on } from '../support/a-schedule.js'

const freely = { overlap: 'allowAll' } as const
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** A schedule put at midnight, and all schedulers away from then on for so long. */
async function after(outageMs: number, input: Partial<ScheduleInput<unknown>>) {
  const world = aSchedulingWorld()
  await world.main.schedules.put(aSchedule({ ...freely, ...input }))
  await world.outage(outageMs)
  return world
}

describe('times that passed while no scheduler ran', () => {
  it.each<[string, number, Partial<ScheduleInput<unknown>>, string[], number]>([
    ['each fires', 200 * SECOND, {}, ['00:01:00', '00:02:00', '00:03:00'], 0],
    ['each within the window', 200 * SECOND, { catchUpWindowMs: 100 * SECOND }, ['00:02:00', '00:03:00'], 1],
    ['each up to the edge of the window', 3 * MINUTE, { catchUpWindowMs: MINUTE }, ['00:02:00', '00:03:00'], 1],
    ['only the last', 200 * SECOND, { catchUp: 'latest' }, ['00:03:00'], 2],
    [
      'the last is older than the window',
      3 * HOUR - 1,
      { everyMs: HOUR, catchUp: 'latest', catchUpWindowMs: 59 * MINUTE },
      [],
      2,
    ],
    ['each is older than the window', 3 * HOUR - 1, { everyMs: HOUR, catchUpWindowMs: 59 * MINUTE }, [], 2],
    ['none, as the last is more than a minute late', 2 * HOUR + 61 * SECOND, { everyMs: HOUR, catchUp: 'skip' }, [], 2],
    ['the last that is a minute late', 2 * HOUR + MINUTE, { everyMs: HOUR, catchUp: 'skip' }, ['02:00:00'], 1],
    ['the last, on time, with no window', 2 * HOUR + MINUTE, { everyMs: HOUR, catchUpWindowMs: 0 }, ['02:00:00'], 1],
    [
      'latest, on time, with no window',
      HOUR + MINUTE,
      { everyMs: HOUR, catchUp: 'latest', catchUpWindowMs: 0 },
      ['01:00:00'],
      0,
    ],
    ['each of a cron expression', 200 * SECOND, { cron: '* * * * *' }, ['00:01:00', '00:02:00', '00:03:00'], 0],
    ['the last of a cron expression', 5 * HOUR, { cron: '0 1-4 * * *', catchUp: 'latest' }, ['04:00:00'], 3],
    ['by the time that jitter gives them', 121 * SECOND, { id: 's0', jitterMs: 59_999 }, ['00:01:00'], 0],
    [
      'the last of which the jitter has passed',
      190 * SECOND,
      { id: 's0', jitterMs: 50_000, catchUp: 'latest' },
      ['00:02:00'],
      1,
    ],
    ['none after endAt', 200 * SECOND, { endAt: on('00:02:00') }, ['00:01:00', '00:02:00'], 0],
    ['the last before endAt', 200 * SECOND, { endAt: on('00:02:30'), catchUp: 'latest' }, ['00:02:00'], 1],
    ['no more than maxRuns', 200 * SECOND, { maxRuns: 2 }, ['00:01:00', '00:02:00'], 0],
  ])('%s', async (_, outageMs, input, times, missed) => {
    const world = await after(outageMs, input)
    expect(world.log()).toEqual(times.map((time) => `${time} fired`))
    const counters = { fired: times.length, missed, skipped: 0 }
    expect(await world.another(false).schedules.list()).toMatchObject({
      schedules: [counters],
    })
    expect(world.missed).toEqual(missed === 0 ? [] : [{ scheduleId: input.id ?? 's', count: missed }])
  })

  it('are skipped behind the first of them, under the default overlap', async () => {
    const world = await after(200 * SECOND, { overlap: 'skip' })
    expect(world.log()).toEqual(['00:01:00 fired', '00:02:00 skipped', '00:03:00 skipped'])
    expect(world.fired.map(({ lateMs }) => lateMs)).toEqual([140_000, 80_000, 20_000])
    expect(await world.inspector.get('s@2024-01-01T00:01:00.000Z')).toMatchObject({ executeAt: on('00:01:00') })
    expect(world.fired.map(({ jobId }) => jobId)).toEqual(Array(3).fill('s@2024-01-01T00:01:00.000Z'))
  })

  it('are followed by the next time, when it comes', async () => {
    for (const catchUp of ['each', 'latest', 'skip'] as const) {
      const world = await after(2 * HOUR + 10 * MINUTE, { everyMs: HOUR, catchUp })
      await world.clock.advance(50 * MINUTE)
      expect(world.log().at(-1)).toBe('03:00:00 fired')
    }
  })

  it('are more than go into one call, and all fire, or are missed, once, with three schedulers at it', async () => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule({ everyMs: 10 * SECOND, catchUpWindowMs: 50 * MINUTE, ...freely }))
    await world.main.stop()
    await world.clock.advance(HOUR)
    for (let n = 0; n < 3; n++) world.another()
    await world.clock.advance(0)
    expect(new Set(world.fired.map(({ jobId }) => jobId)).size).toBe(301)
    expect(world.fired).toHaveLength(301)
    expect(world.missed).toEqual([{ scheduleId: 's', count: 59 }])
    expect(await world.inspector.counts(['report'])).toMatchObject([{ ready: 301 }])
  })

  it('are counted by arithmetic for an interval, and up to 10,000 for a cron expression', async () => {
    const world = aSchedulingWorld()
    const { schedules } = world.main
    await schedules.put(aSchedule({ id: 'i', everyMs: 20, catchUp: 'latest' }))
    await schedules.put(aSchedule({ id: 'c', cron: '* * * * * *', catchUp: 'latest' }))
    await world.outage(30 * 24 * HOUR)
    const views = await world.another(false).schedules.list()
    expect(views.schedules).toMatchObject([
      { id: 'c', missed: 10_000, fired: 1, nextAt: new Date(+on('00:00:01') + 30 * 24 * HOUR) },
      { id: 'i', missed: (30 * 24 * HOUR) / 20 - 1, fired: 1 },
    ])
  })
})
