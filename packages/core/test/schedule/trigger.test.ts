import { describe, expect, it } from 'vitest'
import { aRunningSchedule, on } from '../support/a-schedule.js'
import { replyLost } from '../support/with-faults.js'

const INVALID = expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error

describe('a trigger', () => {
  it('fires now, out of turn, and leaves the counters and the next fire as they are', async () => {
    const { schedules, clock, inspector, fired } = await aRunningSchedule()
    await clock.advance(10_000)
    const first = await schedules.trigger('s')
    const second = await schedules.trigger('s')
    expect([first.status, second.status]).toEqual(['fired', 'fired'])
    expect(await inspector.counts(['report'])).toMatchObject([{ ready: 2 }])
    const jobId = 'jobId' in first ? first.jobId : ''
    expect(jobId).toMatch(/^s@2024-01-01T00:00:10\.000Z#\w{14}$/)
    expect(await inspector.get(jobId)).toMatchObject({ schedule: { id: 's', fireAt: on('00:00:10') }, args: { n: 1 } })
    const view = await schedules.get('s')
    expect(view).toMatchObject({ fired: 0, nextAt: on('00:01:00') })
    expect(view?.fires[0]).toEqual({ fireAt: on('00:00:10'), at: on('00:00:10'), outcome: 'fired', jobId })
    expect(fired).toEqual([])
  })

  it('does not stand for the fire in turn of the same moment', async () => {
    const { clock, main, another, log } = await aRunningSchedule()
    await main.stop()
    await clock.advance(60_000)
    await another(false).schedules.trigger('s')
    another()
    await clock.advance(0)
    expect(log()).toEqual(['00:01:00 fired'])
  })

  it('overlaps as the schedule says, or as it is told', async () => {
    const { schedules } = await aRunningSchedule({ overlap: 'skip' })
    const first = await schedules.trigger('s')
    expect(await schedules.trigger('s')).toEqual({ ...first, status: 'skipped' })
    expect(await schedules.trigger('s', { overlap: 'bufferOne' })).toMatchObject({ status: 'buffered' })
    expect(await schedules.trigger('s', { overlap: 'allowAll' })).toMatchObject({ status: 'fired' })
    await expect(schedules.trigger('s', { overlap: 'no' as never })).rejects.toThrow(INVALID)
    await expect(schedules.trigger('s', { now: true } as never)).rejects.toThrow(INVALID)
  })

  it('fires one that is paused, or that fires no more', async () => {
    const { schedules, clock } = await aRunningSchedule({ maxRuns: 1 })
    await schedules.pause('s')
    expect(await schedules.trigger('s')).toMatchObject({ status: 'fired' })
    await schedules.resume('s')
    await clock.advance(60_000)
    expect(await schedules.get('s')).toMatchObject({ fired: 1, nextAt: null })
    expect(await schedules.trigger('s')).toMatchObject({ status: 'fired' })
  })

  it('is told as failed, and not as not found, when the clock of the store goes back meanwhile', async () => {
    const { schedules, faults } = await aRunningSchedule()
    faults.set('fireSchedule', async () => [{ status: 'early' }])
    await expect(schedules.trigger('s')).rejects.toMatchObject({ code: 'STORE_FAILED' })
    faults.set('fireSchedule', async () => [{ status: 'not-found' }])
    expect(await schedules.trigger('s')).toEqual({ status: 'not-found' })
  })

  it('says fired when the reply was lost and the call made again', async () => {
    const { schedules, faults, inspector } = await aRunningSchedule()
    faults.set('fireSchedule', async (run) => (await replyLost(run).catch(() => {}), run()))
    expect(await schedules.trigger('s')).toMatchObject({ status: 'fired' })
    expect(await inspector.counts(['report'])).toMatchObject([{ ready: 1 }])
  })
})
