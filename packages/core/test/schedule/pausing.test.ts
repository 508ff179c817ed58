import { describe, expect, it } from 'vitest'
import { aRunningSchedule, on } from '../support/a-schedule.js'
import { replyLost } from '../support/with-faults.js'

const INVALID = expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error

describe('a schedule that is paused', () => {
  it('does not fire, says why and since when, and shows no fires to come', async () => {
    const { schedules, clock, log } = await aRunningSchedule()
    await clock.advance(90_000)
    expect(await schedules.pause('s', 'too many mails')).toEqual({ status: 'paused' })
    await clock.advance(200_000)
    expect(log()).toEqual(['00:01:00 fired'])
    expect(await schedules.get('s')).toMatchObject({
      ...{ nextAt: null, next: [], missed: 0, paused: { note: 'too many mails', at: on('00:01:30') } },
    })
  })

  it('takes no note, and another note', async () => {
    const { schedules, calls } = await aRunningSchedule()
    await schedules.pause('s')
    expect(await schedules.get('s')).toMatchObject({ paused: { note: '' } })
    await schedules.pause('s', 'b')
    await schedules.pause('s', 'b')
    expect(await schedules.get('s')).toMatchObject({ paused: { note: 'b' } })
    expect(calls('putSchedule')).toHaveLength(3)
    await expect(schedules.pause('s', 5 as never)).rejects.toThrow(INVALID)
    await expect(schedules.pause('s', 'x'.repeat(1_001))).rejects.toThrow(INVALID)
  })

  it('goes on with its next time when it is resumed: what was missed is passed over, and not counted', async () => {
    const { schedules, clock, log } = await aRunningSchedule()
    await schedules.pause('s')
    await clock.advance(150_000)
    expect(await schedules.resume('s')).toEqual({ status: 'resumed', nextAt: on('00:03:00') })
    await clock.advance(60_000)
    expect(log()).toEqual(['00:03:00 fired'])
    const view = await schedules.get('s')
    expect(view).toMatchObject({ missed: 0, fired: 1 })
    expect(view).not.toHaveProperty('paused')
    expect(await schedules.resume('s')).toEqual({ status: 'not-paused', nextAt: on('00:04:00') })
  })

  it('does not lose a time of which the jitter has not passed', async () => {
    // By its id it is 46,112 ms late of 50,000.
    const { schedules, clock, log } = await aRunningSchedule({ id: 's0', jitterMs: 50_000 })
    await schedules.pause('s0')
    await clock.advance(70_000)
    const nextAt = new Date(+on('00:01:00') + 46_112)
    expect(await schedules.resume('s0')).toEqual({ status: 'resumed', nextAt })
    await clock.advance(60_000)
    expect(log()).toEqual(['00:01:00 fired'])
  })

  it('fires nothing twice when it is paused and resumed at once', async () => {
    const { schedules, clock, log } = await aRunningSchedule()
    await clock.advance(60_000)
    await schedules.pause('s')
    expect(await schedules.resume('s')).toEqual({ status: 'resumed', nextAt: on('00:02:00') })
    await clock.advance(60_000)
    expect(log()).toEqual(['00:01:00 fired', '00:02:00 fired'])
  })

  it('ends for good when it is resumed after its endAt', async () => {
    const { schedules, clock, log } = await aRunningSchedule({ endAt: on('00:02:00') })
    await schedules.pause('s')
    await clock.advance(300_000)
    expect(await schedules.resume('s')).toEqual({ status: 'resumed', nextAt: null })
    expect(log()).toEqual([])
  })

  it('is paused and resumed once where the reply was lost and the call made again', async () => {
    const { schedules, faults } = await aRunningSchedule()
    faults.set('putSchedule', async (run) => (await replyLost(run).catch(() => {}), run()))
    expect(await schedules.pause('s', 'a')).toEqual({ status: 'paused' })
    expect(await schedules.resume('s')).toEqual({ status: 'resumed', nextAt: on('00:01:00') })
  })

  it('is paused whatever its rule says, and resumed only where that can be read (G19)', async () => {
    const { schedules, memory } = await aRunningSchedule()
    await memory.putSchedule({ schedule: { id: 'n', rule: '{"v":2}', next: null }, expect: null })
    expect(await schedules.pause('n')).toEqual({ status: 'paused' })
    expect((await memory.listSchedules({ ids: ['n'], limit: 1 })).schedules[0]?.rule).toBe('{"v":2}')
    await expect(schedules.resume('n')).rejects.toMatchObject({ code: 'UNSUPPORTED_RECORD' })
  })

  it('pauses itself when one of its jobs is dead, and goes on after a resume', async () => {
    const world = await aRunningSchedule({ pauseOnDead: true, maxAttempts: 1, retain: { deadMs: 3_600_000 } })
    const worker = world.worker()
    let isBroken = true
    worker.registerHandler('report', () => {
      if (isBroken) throw new Error('no')
    })
    worker.start()
    await world.pass(130_000, 1_000)
    expect(world.log()).toEqual(['00:01:00 fired'])
    expect(await world.schedules.get('s')).toMatchObject({
      paused: { note: 'a job of this schedule is dead' },
      fired: 1,
    })
    isBroken = false
    expect(await world.schedules.resume('s')).toMatchObject({ status: 'resumed' })
    await world.pass(120_000, 1_000)
    expect(world.log()).toEqual(['00:01:00 fired', '00:03:00 fired', '00:04:00 fired'])
    await world.until(worker.stop())
  })

  it.each(['skip', 'bufferOne'] as const)(
    'pauses itself also when the job was retried for longer than ten fires (%s)',
    async (overlap) => {
      const backoff = { type: 'fixed', delayMs: 900_000 } as const
      const world = await aRunningSchedule({ pauseOnDead: true, overlap, maxAttempts: 2, backoff })
      const worker = world.worker()
      worker.registerHandler('report', () => Promise.reject(new Error('no')))
      worker.start()
      await world.pass(1_080_000, 1_000)
      expect(await world.schedules.get('s')).toMatchObject({
        paused: { note: 'a job of this schedule is dead' },
        fired: overlap === 'skip' ? 1 : 2,
      })
      await world.until(worker.stop())
    },
  )
})
