import { describe, expect, it } from 'vitest'
import type { Handler } from '../../src/index.js'
import { anOpenHandler } from '../support/open-handler.js'
import { runJob } from '../support/run-job.js'
import { thrownBy } from '../support/thrown-by.js'

const kept = { retain: { completedMs: 600_000, deadMs: 600_000 } }

describe('a snooze', () => {
  it('ends the run, uses no attempt, and brings the job back after the span', async () => {
    const runs: number[] = []
    const { world, events, get, stop } = await runJob(
      ({ attempt }, { snooze }) => {
        runs.push(attempt)
        if (runs.length < 3) snooze(1_500)
      },
      { push: { ...kept, maxAttempts: 1 } },
    )
    expect(await get()).toMatchObject({ state: 'scheduled', attempts: 0, dueAt: new Date(world.clock.now() + 1_500) })
    await world.pass(1_400)
    expect(runs).toHaveLength(1)
    await world.pass(100)
    expect(await get()).toMatchObject({ state: 'scheduled', attempts: 0 })
    await world.pass(1_500)
    expect(runs).toEqual([1, 1, 1])
    expect(events).toEqual(['started', 'released', 'started', 'released', 'started', 'completed'])
    expect(await get()).toMatchObject({ state: 'completed', attempts: 0 })
    expect(await get()).not.toHaveProperty('failures')
    expect(await stop()).toBe(0)
  })

  it('may be much longer than the lease, and is no recovery then', async () => {
    let runs = 0
    const { world, get, stop } = await runJob(
      (_job, { snooze }) => {
        if (++runs === 1) snooze(300_000)
      },
      { push: kept, worker: { leaseMs: 1_000 } },
    )
    await world.pass(299_000, 1_000)
    expect(await get()).toMatchObject({ state: 'scheduled', recoveries: 0 })
    await world.pass(1_000)
    expect(await get()).toMatchObject({ state: 'completed', recoveries: 0 })
    await stop()
  })

  it('of 0 ms puts the job behind the others of its queue', async () => {
    const order: string[] = []
    const { world, stop } = await runJob(
      ({ id }, { snooze }) => {
        order.push(id)
        if (order.length === 1) snooze(0)
      },
      { worker: { concurrency: 1 } },
    )
    await world.clock.advance(0)
    expect(order).toEqual(['a', 'a'])
    await stop()
  })

  it('ends an async generator as well, whose finally blocks run', async () => {
    let cleaned = 0
    let runs = 0
    const { world, events, get, stop } = await runJob(
      async function* ({ checkpoint }, { snooze }) {
        try {
          runs++
          if (checkpoint === undefined) yield 'row 1'
          if (runs === 1) snooze(1_000)
          return checkpoint
        } finally {
          cleaned++
        }
      },
      { push: kept },
    )
    expect(cleaned).toBe(1)
    expect(await get()).toMatchObject({ state: 'scheduled', attempts: 0, checkpoint: 'row 1' })
    await world.pass(1_000)
    expect(events).toEqual(['started', 'released', 'started', 'completed'])
    expect(await get()).toMatchObject({ result: 'row 1' })
    await stop()
  })

  it('gives way to a cancel, which the worker has heard of or not', async () => {
    for (const hints of [true, false]) {
      const open = anOpenHandler()
      const { world, events, get, stop } = await runJob(open.handler, { push: kept })
      if (!hints) world.faults.set('extend', () => new Promise(() => {}))
      await world.inspector.cancel('a')
      await world.clock.advance(0)
      expect(open.context().signal.aborted).toBe(hints)
      open.end().reject(thrownBy(() => open.context().snooze(1_000)))
      await world.clock.advance(0)
      expect(events).toEqual(['started', 'cancelled'])
      expect(await get()).toMatchObject({ state: 'cancelled' })
      world.faults.clear()
      await stop()
    }
  })

  it('keeps its delay when its worker stops meanwhile', async () => {
    const open = anOpenHandler()
    const { world, worker, events, get } = await runJob(open.handler, { push: kept })
    const stopping = worker.stop({ graceMs: 500 })
    await world.pass(500)
    expect(open.context().signal.reason).toMatchObject({ code: 'WORKER_STOPPING' })
    open.end().reject(thrownBy(() => open.context().snooze(3_600_000)))
    await world.until(stopping)
    expect(events).toEqual(['started', 'released'])
    expect(await get()).toMatchObject({ state: 'scheduled', attempts: 0 })
  })

  it('gives way to the time limit, which has come first', async () => {
    const open = anOpenHandler()
    const { world, get, stop } = await runJob(open.handler, { push: { ...kept, timeoutMs: 500, maxAttempts: 1 } })
    const snooze = thrownBy(() => open.context().snooze(1_000))
    await world.clock.advance(500)
    open.end().reject(snooze)
    await world.clock.advance(0)
    expect(await get()).toMatchObject({ state: 'dead', error: { code: 'JOB_TIMED_OUT' } })
    await stop()
  })

  it.each<[string, Handler<never>, object]>([
    ['returns', (_job, { snooze }) => void thrownBy(() => snooze(1_000)), { state: 'completed' }],
    [
      'throws its own',
      (_job, { snooze }) => {
        thrownBy(() => snooze(1_000))
        throw new Error('own')
      },
      { state: 'dead', error: { message: 'own' } },
    ],
  ])('that the handler swallows counts for nothing: it %s', async (_, handler, view) => {
    const { get, stop } = await runJob(handler, { push: { ...kept, maxAttempts: 1 } })
    expect(await get()).toMatchObject(view)
    await stop()
  })

  it('of another job fails this one: it was not asked for here', async () => {
    const open = anOpenHandler()
    const { world, get, stop } = await runJob(open.handler, { push: { ...kept, maxAttempts: 1 } })
    const { context, end } = { context: open.context(), end: open.end() }
    await world.scheduler().push('email', {}, { id: 'b' })
    await world.clock.advance(0)
    end.reject(thrownBy(() => open.context().snooze(1_000)))
    await world.clock.advance(0)
    expect(context.signal.aborted).toBe(false)
    expect(await get()).toMatchObject({ state: 'dead', error: { name: 'Snooze' } })
    await stop()
  })

  it.each([[Infinity], [-1], [NaN], ['5'], [undefined]])('is for no span of %s: the attempt has failed', async (ms) => {
    const { get, stop } = await runJob((_job, { snooze }) => snooze(ms as number), { push: { maxAttempts: 1 } })
    const shown = typeof ms === 'string' ? '"5"' : String(ms)
    const message = `the span to snooze must be a number from 0 to 3162240000000, got ${shown}`
    expect(await get()).toMatchObject({ state: 'dead', attempts: 1, error: { code: 'INVALID_ARGUMENT', message } })
    await stop()
  })
})
