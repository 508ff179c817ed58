import { describe, expect, it } from 'vitest'
import { aSchedule, aSchedulingWorld, on } from '../support/a-schedule.js'
import { aWorld } from '../support/a-world.js'

describe('a change of a schedule', () => {
  it('that is not of its times leaves a time that is due and has not fired', async () => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule({ overlap: 'allowAll' }))
    await world.main.stop()
    await world.clock.advance(150_000)
    const { schedules } = world.another(false)
    expect(await schedules.put(aSchedule({ args: 2 }))).toEqual({ status: 'updated', nextAt: on('00:01:00') })
    world.another()
    await world.clock.advance(0)
    expect(world.log()).toEqual(['00:01:00 fired', '00:02:00 skipped'])
  })

  it('of its times begins after now, and fires no time that has passed', async () => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule())
    await world.main.stop()
    await world.clock.advance(150_000)
    const { schedules } = world.another(false)
    expect(await schedules.put(aSchedule({ everyMs: 40_000 }))).toEqual({ status: 'updated', nextAt: on('00:02:40') })
    // A time is not after itself.
    await world.clock.advance(10_000)
    expect(await schedules.put(aSchedule({ everyMs: 20_000 }))).toEqual({ status: 'updated', nextAt: on('00:03:00') })
  })

  it('fires nothing again that fired, not even when the clock of the store has gone back', async () => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule({ overlap: 'allowAll' }))
    await world.clock.advance(180_000)
    world.faults.set('listSchedules', async (run) => ({ ...((await run()) as object), now: +on('00:00:30') }))
    const input = aSchedule({ everyMs: 30_000, overlap: 'allowAll' })
    expect(await world.main.schedules.put(input)).toEqual({ status: 'updated', nextAt: on('00:03:30') })
  })

  it('keeps its counters, its fires and its pause', async () => {
    const world = aSchedulingWorld()
    const { schedules } = world.main
    await schedules.put(aSchedule())
    await world.clock.advance(120_000)
    await schedules.pause('s', 'why')
    expect(await schedules.put(aSchedule({ everyMs: 30_000 }))).toEqual({ status: 'updated', nextAt: null })
    const view = await schedules.get('s')
    expect(view).toMatchObject({ fired: 1, skipped: 1, paused: { note: 'why', at: on('00:02:00') } })
    expect(view?.fires).toHaveLength(2)
    expect(await schedules.put(aSchedule({ everyMs: 30_000 }))).toEqual({ status: 'unchanged', nextAt: null })
  })

  it('lets one that has used up its runs go on when it may make more', async () => {
    const world = aSchedulingWorld()
    const { schedules } = world.main
    const input = { overlap: 'allowAll' as const, maxRuns: 2 }
    await schedules.put(aSchedule(input))
    await world.clock.advance(200_000)
    expect(await schedules.get('s')).toMatchObject({ fired: 2, nextAt: null })
    expect(await schedules.put(aSchedule(input))).toEqual({ status: 'unchanged', nextAt: null })
    const again = schedules.put(aSchedule({ ...input, args: 2 }))
    await expect(again).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('2 times') })
    expect(await schedules.put(aSchedule({ ...input, maxRuns: 3 }))).toMatchObject({ nextAt: on('00:04:00') })
    await world.clock.advance(200_000)
    expect(world.log()).toEqual(['00:01:00 fired', '00:02:00 fired', '00:04:00 fired'])
  })

  it('is unchanged, and no fault, when the same rule has ended since', async () => {
    const world = aSchedulingWorld()
    const input = aSchedule({ endAt: on('00:01:30') })
    await world.main.schedules.put(input)
    await world.clock.advance(120_000)
    expect(await world.main.schedules.put(input)).toEqual({ status: 'unchanged', nextAt: null })
  })

  it('mends a rule that cannot be read, and leaves one of a newer release alone (G19)', async () => {
    const world = aWorld()
    const { schedules } = world.scheduler()
    const next = { fireAt: +on('00:01:00'), dueAt: +on('00:01:00') }
    await world.memory.putSchedule({ schedule: { id: 's', rule: '{"v":', next }, expect: null })
    expect(await schedules.put(aSchedule())).toEqual({ status: 'updated', nextAt: on('00:01:00') })
    await world.memory.putSchedule({ schedule: { id: 'n', rule: '{"v":2}', next }, expect: null })
    await expect(schedules.put(aSchedule({ id: 'n' }))).rejects.toMatchObject({ code: 'UNSUPPORTED_RECORD' })
    expect((await world.memory.listSchedules({ ids: ['n'], limit: 1 })).schedules[0]?.rule).toBe('{"v":2}')
  })
})
