import { describe, expect, it } from 'vitest'
import { defineJob, type ScheduleInput } from '../../src/index.js'
import { aSchedule, aSchedulingWorld, on } from '../support/a-schedule.js'
import { aSchema } from '../support/a-schema.js'
import { aWorld } from '../support/a-world.js'
import { failing, replyLost } from '../support/with-faults.js'

describe('a schedule that is put', () => {
  it('is created, then unchanged at every further deploy, and updated when something in it is another', async () => {
    const world = aWorld()
    const { schedules } = world.scheduler()
    expect(await schedules.put(aSchedule())).toEqual({ status: 'created', nextAt: on('00:01:00') })
    expect(await world.scheduler().schedules.put(aSchedule())).toEqual({ status: 'unchanged', nextAt: on('00:01:00') })
    expect(world.calls('putSchedule')).toHaveLength(1)
    expect(await schedules.put(aSchedule({ args: { n: 2 } }))).toEqual({ status: 'updated', nextAt: on('00:01:00') })
    expect(await schedules.put(aSchedule({ args: { n: 2 } }))).toMatchObject({ status: 'unchanged' })
  })

  it('is the same whether a default is left out or said', async () => {
    const { schedules } = aWorld().scheduler()
    await schedules.put(aSchedule())
    const said = {
      overlap: 'skip',
      catchUp: 'each',
      catchUpWindowMs: 86_400_000,
      jitterMs: 0,
      pauseOnDead: false,
    } as const
    expect(await schedules.put(aSchedule({ ...said, phaseMs: 0, priority: 0 }))).toMatchObject({ status: 'unchanged' })
    await schedules.put(aSchedule({ id: 'c', cron: '0 9 * * *' }))
    const utc = aSchedule({ id: 'c', cron: '0 9 * * *', timeZone: 'UTC', maxRuns: undefined })
    expect(await schedules.put(utc)).toMatchObject({ status: 'unchanged' })
  })

  it.each([
    ['args', { args: { n: 2 } }],
    ['name', { name: 'other' }],
    ['overlap', { overlap: 'allowAll' }],
    ['catchUp', { catchUp: 'latest' }],
    ['catchUpWindowMs', { catchUpWindowMs: 5 }],
    ['jitterMs', { jitterMs: 30_000 }],
    ['maxRuns', { maxRuns: 5 }],
    ['pauseOnDead', { pauseOnDead: true }],
    ['everyMs', { everyMs: 30_000 }],
    ['phaseMs', { everyMs: 60_000, phaseMs: 1 }],
    ['startAt', { startAt: on('12:00:00') }],
    ['endAt', { endAt: on('12:00:00') }],
    ['maxAttempts', { maxAttempts: 2 }],
    ['backoff', { backoff: { type: 'fixed', delayMs: 1 } }],
    ['priority', { priority: 3 }],
    ['timeoutMs', { timeoutMs: 3 }],
    ['retain', { retain: { completedMs: 3 } }],
    ['metadata', { metadata: { a: 1 } }],
    ['group', { group: { key: 'g' } }],
  ] satisfies [string, Partial<ScheduleInput<unknown>>][])(
    'is updated by another %s, which it then shows',
    async (name, change) => {
      const { schedules } = aWorld().scheduler()
      await schedules.put(aSchedule())
      expect(await schedules.put(aSchedule(change))).toMatchObject({ status: 'updated' })
      const view = await schedules.get('s')
      const given = (change as Record<string, unknown>)[name]
      expect(view?.[name as keyof typeof view]).toEqual(
        typeof given === 'object' && !(given instanceof Date) ? expect.objectContaining(given as object) : given,
      )
    },
  )

  it('is put by one of two processes that do so at once', async () => {
    const world = aWorld()
    const both = [world.scheduler(), world.scheduler()].map(({ schedules }) => schedules.put(aSchedule()))
    const statuses = (await Promise.all(both)).map(({ status }) => status)
    expect(statuses.sort()).toEqual(['created', 'unchanged'])
  })

  it('is put again when it fires between the look and the put, and its fire is not made twice', async () => {
    const world = aSchedulingWorld()
    await world.main.schedules.put(aSchedule({ overlap: 'allowAll' }))
    await world.clock.advance(59_500)
    let looks = 0
    world.faults.set('listSchedules', async (run) => {
      const answer = await run()
      if (looks++ === 0) await world.clock.advance(500)
      return answer
    })
    const outcome = await world.main.schedules.put(aSchedule({ overlap: 'allowAll', args: { n: 2 } }))
    expect(outcome).toEqual({ status: 'updated', nextAt: on('00:02:00') })
    expect(looks).toBe(2)
    await world.clock.advance(60_000)
    expect(world.log()).toEqual(['00:01:00 fired', '00:02:00 fired'])
  })

  it('is unchanged when its put is repeated after a reply was lost', async () => {
    const world = aWorld()
    const { schedules } = world.scheduler()
    world.faults.set('putSchedule', replyLost)
    await expect(schedules.put(aSchedule())).rejects.toMatchObject({ code: 'STORE_FAILED' })
    world.faults.clear()
    expect(await schedules.put(aSchedule())).toMatchObject({ status: 'unchanged', nextAt: on('00:01:00') })
    world.faults.set('putSchedule', async (run) => (await replyLost(run).catch(() => {}), run()))
    expect(await schedules.put(aSchedule({ args: 5 }))).toMatchObject({ nextAt: on('00:01:00') })
    expect(await schedules.get('s')).toMatchObject({ args: 5 })
  })

  it('gives up with STORE_FAILED when it never is as it was read', async () => {
    const world = aWorld()
    const { schedules } = world.scheduler()
    await schedules.put(aSchedule())
    world.faults.set('putSchedule', async () => ({ status: 'moved' }))
    await expect(schedules.put(aSchedule({ args: 5 }))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    world.faults.set('putSchedule', failing)
    await expect(schedules.put(aSchedule({ args: 5 }))).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  it('is refused where the store has one that it does not show, of a newer release of it (G19)', async () => {
    const world = aWorld()
    world.faults.set('putSchedule', async () => ({ status: 'moved' }))
    await expect(world.scheduler().schedules.put(aSchedule())).rejects.toMatchObject({
      code: 'UNSUPPORTED_RECORD',
      message: expect.stringContaining("the schedule 's' was written by a newer release"),
    })
  })

  it("takes a definition, its options and its args' schema", async () => {
    const { schedules } = aWorld().scheduler()
    const args = aSchema<{ to: string }>((value) => {
      if (typeof (value as { to: unknown } | undefined)?.to === 'string') return value as { to: string }
      throw new Error('to is no string')
    })
    const definition = defineJob({ name: 'email', args, maxAttempts: 3, retain: { completedMs: 5 } })
    await schedules.put({ id: 's', name: definition, args: { to: 'ada' }, everyMs: 1_000, retain: { deadMs: 7 } })
    expect(await schedules.get('s')).toMatchObject({
      ...{ name: 'email', args: { to: 'ada' }, maxAttempts: 3, retain: { completedMs: 5, deadMs: 7 } },
    })
    const wrong = { id: 's', name: definition, args: { to: 5 }, everyMs: 1_000 }
    // @ts-expect-error those are not its args
    await expect(schedules.put(wrong)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    // @ts-expect-error it has args
    await expect(schedules.put({ ...wrong, args: undefined })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('needs no args', async () => {
    const { schedules } = aWorld().scheduler()
    await schedules.put({ id: 's', name: 'report', everyMs: 1_000 })
    expect(await schedules.get('s')).toMatchObject({ args: undefined, name: 'report' })
  })

  it('works without start(), and is refused after stop()', async () => {
    const scheduler = aWorld().scheduler()
    await scheduler.schedules.put(aSchedule())
    await scheduler.stop()
    await expect(scheduler.schedules.put(aSchedule())).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await expect(scheduler.schedules.get('s')).rejects.toMatchObject({ code: 'INVALID_STATE' })
  })

  it('is waited for by stop() (G16)', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    const put = scheduler.schedules.put(aSchedule())
    await scheduler.stop()
    expect(scheduler.health().inFlight).toBe(0)
    expect(await put).toMatchObject({ status: 'created' })
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('is refused by a store that does not carry out schedules', async () => {
    const world = aWorld()
    const capabilities = { ...world.memory.capabilities, schedules: false }
    const store = new Proxy(world.memory, {
      get: (target, key) => (key === 'capabilities' ? capabilities : Reflect.get(target, key, target)),
    })
    const put = world.scheduler({ store }).schedules.put(aSchedule())
    await expect(put).rejects.toMatchObject({ code: 'NOT_SUPPORTED', message: expect.stringContaining('memory') })
  })
})

describe('a schedule that is not valid', () => {
  it.each([
    [{ id: '' }, 'id must have 1 to 256 characters'],
    [{ id: 'x'.repeat(201) }, 'the id of a schedule has at most 200 characters, got 201'],
    [{ id: 'a{b' }, 'id must have no control characters'],
    [{ name: 5 }, 'name must be a string'],
    [{ everyMs: undefined }, 'needs cron or everyMs'],
    [{ cron: '* * * * *', everyMs: 1_000 }, 'cron or everyMs, not both'],
    [{ cron: '* * 99 * *' }, 'at character 5'],
    [{ cron: '* * * * *', timeZone: 'Europe/Nowhere' }, 'timeZone must be an IANA time zone'],
    [{ timeZone: 'UTC' }, 'timeZone goes with cron'],
    [{ cron: '* * * * *', phaseMs: 1 }, 'phaseMs goes with everyMs'],
    [{ everyMs: 0 }, 'everyMs must be a whole number from 10'],
    [{ everyMs: 10.5 }, 'everyMs must be a whole number'],
    [{ everyMs: 1_000, phaseMs: 1_000 }, 'phaseMs must be a whole number from 0 to 999'],
    [{ startAt: 'now' }, 'startAt must be a Date'],
    [{ startAt: on('12:00:00'), endAt: on('11:00:00') }, 'endAt must not be before startAt'],
    [{ endAt: on('00:00:30') }, 'never fires again'],
    [{ cron: '0 0 30 2 *' }, 'never'],
    [{ overlap: 'queue' }, 'overlap must be one of skip, bufferOne'],
    [{ catchUp: 'all' }, 'catchUp must be one of each, latest, skip'],
    [{ catchUp: 'skip', catchUpWindowMs: 5 }, 'catchUpWindowMs does not go with'],
    [{ catchUpWindowMs: -1 }, 'catchUpWindowMs must be a number from 0'],
    [{ jitterMs: -1 }, 'jitterMs must be a whole number from 0'],
    [{ jitterMs: 60_000 }, 'jitterMs must be below everyMs (60000)'],
    [{ cron: '* * * * *', jitterMs: 86_400_001 }, 'jitterMs must be a whole number from 0 to 86400000'],
    [{ maxRuns: 0 }, 'maxRuns must be a whole number from 1'],
    [{ pauseOnDead: 1 }, 'pauseOnDead must be true or false'],
    [{ pauseOnDead: true, retain: { deadMs: 0 } }, 'pauseOnDead needs dead jobs'],
    [{ group: { key: 'g' }, priority: 1 }, 'a job has a group or a priority'],
    [{ maxAttempts: 0 }, 'maxAttempts must be'],
    [{ unique: { key: 'k' } }, "a schedule has no option 'unique'"],
    [{ expiresAt: on('12:00:00') }, "a schedule has no option 'expiresAt'"],
    [{ executeAt: on('12:00:00') }, "a schedule has no option 'executeAt'"],
  ])('is refused, naming what is wrong: %j', async (input, message) => {
    const world = aWorld()
    const put = world
      .scheduler()
      .schedules.put({ ...aSchedule(), ...('cron' in input && { everyMs: undefined }), ...input } as never)
    await expect(put).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) })
    expect(world.calls('putSchedule')).toEqual([])
  })

  it('is refused with the code of its args', async () => {
    const { schedules } = aWorld().scheduler()
    const put = (args: unknown) => schedules.put(aSchedule({ args }))
    await expect(put(new Date(0))).rejects.toMatchObject({ code: 'ARGS_NOT_SERIALIZABLE' })
    await expect(put('x'.repeat(65_535))).rejects.toMatchObject({ code: 'ARGS_TOO_LARGE' })
    expect(await put('x'.repeat(65_534))).toMatchObject({ status: 'created' })
    await expect(schedules.put(undefined as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})
