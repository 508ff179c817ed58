import { describe, expect, it } from 'vitest'
import { aRunningSchedule, on } from '../support/a-schedule.js'

const INVALID = expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error

describe('a backfill', () => {
  it('fires each time of the range, both ends included, one after another', async () => {
    const world = await aRunningSchedule()
    const { schedules, clock, inspector } = world
    await clock.advance(30_000)
    const range = { from: new Date('2023-12-31T23:56:00Z'), to: new Date('2023-12-31T23:58:00Z') }
    const done = { status: 'done', fired: 1, buffered: 2, skipped: 0, duplicates: 0 }
    expect(await schedules.backfill('s', range)).toEqual(done)
    const views = await Promise.all([6, 7, 8].map((n) => inspector.get(`s@2023-12-31T23:5${n}:00.000Z`)))
    expect(views.map((view) => view?.state)).toEqual(['ready', 'scheduled', 'scheduled'])
    expect(await schedules.get('s')).toMatchObject({ fired: 0, nextAt: on('00:01:00') })
    expect(await schedules.backfill('s', range)).toEqual({ ...done, fired: 0, buffered: 0, duplicates: 3 })
    const ran: string[] = []
    const worker = world.worker()
    worker.registerHandler('report', (job) => void ran.push(job.id.slice(-9, -5)))
    worker.start()
    await world.pass(3_000)
    expect(ran).toEqual(['6:00', '7:00', '8:00'].map((time) => time.slice(-4)))
    await world.until(worker.stop())
  })

  it('takes another overlap, and leaves out what has not come', async () => {
    const { schedules, clock } = await aRunningSchedule({ everyMs: 1_000 })
    await clock.advance(150_500)
    const { fired } = (await schedules.get('s')) ?? { fired: 0 }
    expect(fired).toBe(150)
    const options = { from: on('00:02:00'), to: on('00:03:00'), overlap: 'allowAll' } as const
    expect(await schedules.backfill('s', options)).toMatchObject({ fired: 0, duplicates: 31 })
    const toTheEnd = { ...options, to: new Date('2100-01-01T00:00:00Z') }
    expect(await schedules.backfill('s', toTheEnd)).toMatchObject({ fired: 0, duplicates: 31 })
    const before = { from: new Date('2023-12-31T23:50:00Z'), to: new Date('2023-12-31T23:55:00Z') }
    expect(await schedules.backfill('s', { ...before, overlap: 'skip' })).toMatchObject({ fired: 1, skipped: 300 })
  })

  it('keeps to the bound of what is parked', async () => {
    const { schedules } = await aRunningSchedule({ everyMs: 1_000 })
    const range = { from: new Date('2023-12-31T23:00:01Z'), to: on('00:00:00') }
    expect(await schedules.backfill('s', range)).toMatchObject({ fired: 1, buffered: 1_000, skipped: 2_599 })
  })

  it('is left out for a time in turn that it made before', async () => {
    const { clock, main, another, log, inspector } = await aRunningSchedule()
    await main.stop()
    await clock.advance(130_000)
    const other = another(false)
    await other.schedules.backfill('s', { from: on('00:01:00'), to: on('00:01:00') })
    another()
    await clock.advance(0)
    expect(log()).toEqual(['00:02:00 fired'])
    expect(await inspector.counts(['report'])).toMatchObject([{ ready: 2 }])
    expect(await other.schedules.get('s')).toMatchObject({ fired: 1, nextAt: on('00:03:00') })
  })

  it('is refused where it makes no sense, or is too long', async () => {
    const { schedules, clock, calls } = await aRunningSchedule({ everyMs: 1_000 })
    await clock.advance(500)
    const back = (ms: number) => new Date(clock.now() - ms)
    const backfill = (from: unknown, to: unknown) => schedules.backfill('s', { from, to } as never)
    await expect(backfill(back(1), back(2))).rejects.toThrow(INVALID)
    await expect(backfill('yesterday', back(2))).rejects.toThrow(INVALID)
    await expect(backfill(back(10_000_500), back(0))).rejects.toThrow('at most 10000 times')
    expect(calls('fireSchedule')).toEqual([])
    expect(await backfill(back(9_999_500), back(0))).toMatchObject({ fired: 1 })
  })

  it('stops between two batches when the scheduler is stopped', async () => {
    const { main, schedules, faults, calls } = await aRunningSchedule({ everyMs: 1_000 })
    let stopping: Promise<void> | undefined
    faults.set('fireSchedule', (run) => {
      stopping ??= main.stop()
      return run()
    })
    const range = { from: new Date('2023-12-31T23:00:01Z'), to: on('00:00:00') }
    await expect(schedules.backfill('s', range)).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await stopping
    expect(calls('fireSchedule')).toHaveLength(1)
  })

  it('says how far it came when the schedule is removed meanwhile', async () => {
    const { schedules, faults, memory } = await aRunningSchedule({ everyMs: 1_000 })
    faults.set('fireSchedule', async (run) => {
      const answer = await run()
      await memory.removeSchedule({ ids: ['s'] })
      return answer
    })
    const range = { from: new Date('2023-12-31T23:00:01Z'), to: on('00:00:00') }
    expect(await schedules.backfill('s', range)).toMatchObject({ status: 'not-found', fired: 1, buffered: 99 })
  })
})
