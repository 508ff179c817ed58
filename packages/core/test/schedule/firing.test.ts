import { describe, expect, it, vi } from 'vitest'
import { jobStates, type ScheduleInput } from '../../src/index.js'
import { aSchedule, aSchedulingWorld, on, type SchedulingWorld } from '../support/a-schedule.js'
import { failing, replyLost } from '../support/with-faults.js'

const freely = { overlap: 'allowAll' } as const
const HOUR_MS = 3_600_000

/** The ids of all jobs there are. */
async function jobIds({ inspector }: SchedulingWorld): Promise<string[]> {
  const pages = await Promise.all(jobStates.map((state) => inspector.list({ name: 'report', state, limit: 1_000 })))
  return pages.flatMap(({ jobs }) => jobs.map(({ id }) => id)).sort()
}

describe('a schedule', () => {
  it('fires at its times and not before, a job with the id of the fire', async () => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule({ everyMs: HOUR_MS, phaseMs: 60_000, ...freely }))
    await world.clock.advance(59_999)
    expect(await jobIds(world)).toEqual([])
    await world.clock.advance(1)
    expect(await jobIds(world)).toEqual(['s@2024-01-01T00:01:00.000Z'])
    expect(world.fired).toEqual([
      {
        ...{ scheduleId: 's', jobId: 's@2024-01-01T00:01:00.000Z', outcome: 'fired' },
        ...{ fireAt: on('00:01:00'), lateMs: 0 },
      },
    ])
    await world.clock.advance(HOUR_MS)
    expect(world.log()).toEqual(['00:01:00 fired', '01:01:00 fired'])
  })

  it('fires by cron in its zone', async () => {
    const world = aSchedulingWorld()
    const cron = '45 5 * * *'
    await world.main.schedules.put(aSchedule({ id: 'k', cron, timeZone: 'Asia/Kolkata', ...freely }))
    // The same expression, by another clock.
    await world.main.schedules.put(aSchedule({ id: 't', cron, timeZone: 'Asia/Tashkent', ...freely }))
    await world.clock.advance(HOUR_MS)
    expect(world.fired.map(({ jobId }) => jobId)).toEqual(['k@2024-01-01T00:15:00.000Z', 't@2024-01-01T00:45:00.000Z'])
  })

  it('has jobs with the options that it was put with, and the fire that made them', async () => {
    const world = aSchedulingWorld()
    const options = { maxAttempts: 3, metadata: { a: 1 }, group: { key: 'g', weight: 2 } }
    await world.main.schedules.put(aSchedule({ ...options, retain: { completedMs: 5 }, args: { n: 7 } }))
    await world.main.schedules.put(aSchedule({ id: 'p', name: 'other', priority: 5, ...freely }))
    await world.clock.advance(60_000)
    expect(await world.inspector.get('s@2024-01-01T00:01:00.000Z')).toMatchObject({
      ...{ state: 'ready', name: 'report', args: { n: 7 }, maxAttempts: 3, metadata: { a: 1 } },
      ...{ group: { key: 'g', weight: 2 }, schedule: { id: 's', fireAt: on('00:01:00') } },
      ...{ executeAt: on('00:01:00'), unique: { key: 'schedule:s', until: 'finished', onConflict: 'ignore' } },
    })
    const free = await world.inspector.get('p@2024-01-01T00:01:00.000Z')
    expect(free).toMatchObject({ priority: 5 })
    expect(free).not.toHaveProperty('unique')
    expect((await world.memory.get({ ids: ['s@2024-01-01T00:01:00.000Z'] }))[0]).toMatchObject({
      options: expect.stringContaining('"completedMs":5'),
    })
  })

  it('fires each time once, however many schedulers there are (G14)', async () => {
    const world = aSchedulingWorld()
    for (let more = 0; more < 3; more++) world.another()
    for (const id of ['a', 'b']) await world.main.schedules.put(aSchedule({ id, ...freely }))
    await world.clock.advance(600_000)
    expect(world.fired).toHaveLength(20)
    expect(new Set(await jobIds(world)).size).toBe(20)
    expect(await world.main.schedules.get('a')).toMatchObject({ fired: 10, missed: 0, skipped: 0 })
    expect(world.errors).toEqual([])
  })

  it('makes no fire twice when the reply of a fire was lost (G14, G15)', async () => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule(freely))
    world.faults.set('fireSchedule', replyLost)
    await world.clock.advance(60_000)
    world.faults.set('fireSchedule', failing)
    await world.clock.advance(60_000)
    world.faults.clear()
    await world.clock.advance(70_000)
    expect(await jobIds(world)).toEqual([1, 2, 3].map((minute) => `s@2024-01-01T00:0${minute}:00.000Z`))
    expect(await world.main.schedules.get('s')).toMatchObject({ fired: 3 })
    expect(new Set(world.errors)).toEqual(new Set(['STORE_FAILED']))
  })

  it('sleeps between its fires', async () => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule({ everyMs: 1_000, ...freely }))
    await world.clock.advance(100)
    const before = world.calls('promote').length
    await world.clock.advance(60_000)
    // One that finds it due, and one that finds nothing more.
    expect(world.calls('promote').length - before).toBeLessThanOrEqual(2 * 60 + 2)
    const sizes = (world.calls('fireSchedule') as { fires: unknown[] }[]).map(({ fires }) => fires.length)
    expect(sizes).toEqual(Array(60).fill(1))
  })

  it('fires with 250 others that are due with it, a hundred in a call', async () => {
    const world = aSchedulingWorld()
    for (let n = 0; n < 250; n++) await world.main.schedules.put(aSchedule({ id: `s${n}`, ...freely }))
    await world.clock.advance(60_000)
    expect(await jobIds(world)).toHaveLength(250)
    const sizes = (world.calls('fireSchedule') as { fires: unknown[] }[]).map(({ fires }) => fires.length)
    expect(sizes).toEqual([100, 100, 50])
  })

  it('is not kept waiting by one that has much to catch up', async () => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule({ id: 'long', everyMs: 1_000, ...freely }))
    await world.main.schedules.put(aSchedule({ id: 'short', everyMs: HOUR_MS, ...freely }))
    await world.outage(HOUR_MS)
    expect(world.fired).toHaveLength(3_601)
    expect(world.fired.findIndex(({ scheduleId }) => scheduleId === 'short')).toBeLessThan(101)
    expect((world.calls('fireSchedule') as { fires: unknown[] }[]).every(({ fires }) => fires.length <= 100)).toBe(true)
  })

  it('lets jobs that are due come in between, where many are due and each takes its time', async () => {
    const world = aSchedulingWorld()
    const missing = { cron: '* * * * *', catchUp: 'latest' } as const
    for (let n = 0; n < 20; n++) await world.main.schedules.put(aSchedule({ id: `s${n}`, ...missing, ...freely }))
    await world.main.stop()
    await world.clock.advance(HOUR_MS)
    const monotonic = world.clock.monotonic.bind(world.clock)
    let busyMs = 0
    vi.spyOn(world.clock, 'monotonic').mockImplementation(() => monotonic() + (busyMs += 20))
    const looks = world.calls('promote').length
    world.another()
    await world.clock.advance(0)
    expect(world.fired).toHaveLength(20)
    const sizes = (world.calls('fireSchedule') as { fires: unknown[] }[]).map(({ fires }) => fires.length)
    expect(Math.max(...sizes)).toBeLessThan(5)
    expect(world.calls('promote').length - looks).toBeGreaterThan(sizes.length)
  })

  it('is spread by its jitter: by the same span each time, which follows from its id', async () => {
    const world = aSchedulingWorld()
    const ids = Array.from({ length: 100 }, (_, n) => `s${n}`)
    for (const id of ids) await world.main.schedules.put(aSchedule({ id, jitterMs: 50_000, ...freely }))
    await world.clock.advance(240_000)
    const lateMs = new Map(ids.map((id) => [id, new Set<number>()]))
    for (const event of world.fired) lateMs.get(event.scheduleId)?.add(event.lateMs)
    const delays = [...lateMs.values()].map((set) => [...set])
    expect(world.fired.every(({ fireAt }) => +fireAt % 60_000 === 0)).toBe(true)
    expect(delays.every(({ length }) => length === 1)).toBe(true)
    const spread = delays.flat().sort((a, b) => a - b)
    expect(new Set(spread).size).toBeGreaterThan(95)
    expect([(spread.at(0) ?? NaN) < 5_000, (spread.at(-1) ?? NaN) > 45_000, (spread.at(-1) ?? NaN) < 50_000]).toEqual([
      true,
      true,
      true,
    ])
    // The same in every process and release: a change would move every schedule there is.
    expect(lateMs.get('s0')).toEqual(new Set([46_112]))
  })

  it.each<[Partial<ScheduleInput<unknown>>, string[]]>([
    [{ startAt: on('00:02:00') }, ['00:02:00 fired', '00:03:00 fired', '00:04:00 fired', '00:05:00 fired']],
    [{ startAt: on('00:03:01') }, ['00:04:00 fired', '00:05:00 fired']],
    [{ endAt: on('00:02:00') }, ['00:01:00 fired', '00:02:00 fired']],
    [{ endAt: on('00:02:59') }, ['00:01:00 fired', '00:02:00 fired']],
    [{ maxRuns: 1 }, ['00:01:00 fired']],
    [{ maxRuns: 3 }, ['00:01:00 fired', '00:02:00 fired', '00:03:00 fired']],
  ])('keeps to %j', async (bounds, log) => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule({ ...bounds, ...freely }))
    await world.clock.advance(330_000)
    expect(world.log()).toEqual(log)
  })

  it('counts no skipped fire as a run', async () => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule({ maxRuns: 2 }))
    await world.clock.advance(190_000)
    await world.inspector.cancel('s@2024-01-01T00:01:00.000Z')
    await world.clock.advance(300_000)
    expect(world.log()).toEqual(['00:01:00 fired', '00:02:00 skipped', '00:03:00 skipped', '00:04:00 fired'])
  })

  it('stays when it fires no more, and goes when it is removed', async () => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule({ endAt: on('00:01:00') }))
    await world.clock.advance(120_000)
    expect(await world.main.schedules.get('s')).toMatchObject({ fired: 1, nextAt: null, next: [] })
    expect(await world.main.schedules.remove('s')).toBe(true)
    expect(await world.main.schedules.remove('s')).toBe(false)
    expect(await world.main.schedules.get('s')).toBeNull()
  })

  it('survives the restart of every process', async () => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule(freely))
    await world.clock.advance(90_000)
    await world.outage(10_000)
    await world.clock.advance(60_000)
    expect(world.log()).toEqual(['00:01:00 fired', '00:02:00 fired'])
    expect(world.fired.map(({ lateMs }) => lateMs)).toEqual([0, 0])
  })
})

describe('a rule that cannot be read', () => {
  const next = { fireAt: +on('00:01:00'), dueAt: +on('00:01:00') }
  const putRaw = ({ memory }: SchedulingWorld, rule: string) =>
    memory.putSchedule({ schedule: { id: 'bad', rule, next }, expect: null })

  it('is told as an error, and neither keeps schedulers busy nor stops the others', async () => {
    const world = aSchedulingWorld()
    await putRaw(world, '{"v":1,"cron":"* * * * *"}')
    await world.main.schedules.put(aSchedule(freely))
    await world.clock.advance(60_000)
    expect(world.errors).toEqual(['UNDECODABLE_RECORD'])
    const before = world.calls('promote').length
    await world.main.pushScheduled('report', {}, { id: 'job', delayMs: 30_000 })
    await world.clock.advance(30_000)
    expect(await world.inspector.get('job')).toMatchObject({ state: 'ready' })
    expect(world.calls('promote').length - before).toBeLessThan(20)
    await world.clock.advance(270_000)
    expect(world.errors).toHaveLength(6)
    expect(world.log()).toHaveLength(6)
  })

  it('fires what was missed once it is put anew', async () => {
    const world = aSchedulingWorld()
    await putRaw(world, 'null')
    await world.clock.advance(150_000)
    expect(await world.main.schedules.get('bad')).toMatchObject({
      undecodable: expect.stringContaining('cannot be read'),
    })
    expect(await world.main.schedules.put(aSchedule({ id: 'bad' }))).toEqual({
      status: 'updated',
      nextAt: on('00:03:00'),
    })
    await world.clock.advance(60_000)
    expect(world.log()).toEqual(['00:03:00 fired'])
  })

  it('is left to schedulers with a Node that knows its zone', async () => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule({ id: 'known', cron: '* * * * *', timeZone: 'Europe/Paris' }))
    const [known] = (await world.memory.listSchedules({ limit: 1 })).schedules
    await putRaw(world, known?.rule.replace('Europe/Paris', 'Europe/Atlantis') ?? '')
    await world.clock.advance(64_900)
    expect(world.errors).toEqual([])
    expect((await world.memory.listSchedules({ ids: ['bad'], limit: 1 })).schedules).toMatchObject([{ next }])
    await world.clock.advance(200)
    expect(world.errors).toEqual(['UNDECODABLE_RECORD'])
  })

  it('of a newer release is left to schedulers that can read it, for five seconds at no cost to it (G19)', async () => {
    const world = aSchedulingWorld()
    await putRaw(world, '{"v":2}')
    await world.clock.advance(64_900)
    const read = async () => (await world.memory.listSchedules({ limit: 1 })).schedules[0]
    expect(world.errors).toEqual([])
    expect(await read()).toMatchObject({ rule: '{"v":2}', next })
    expect(world.calls('promote').length).toBeLessThan(75)
    await world.clock.advance(200)
    expect(world.errors).toEqual(['UNSUPPORTED_RECORD'])
    // Its time stays, and so nothing of it is lost.
    expect(await read()).toMatchObject({ rule: '{"v":2}', next: { fireAt: next.fireAt, dueAt: +on('00:02:05') } })
  })
})
