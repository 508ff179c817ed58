import { describe, expect, it } from 'vitest'
import type { Handler, HandlerContext, SettleEntry } from '../../src/index.js'
import { withCapabilities } from '../support/a-capable-store.js'
import { aWorld } from '../support/a-world.js'
import { anOpenHandler } from '../support/open-handler.js'
import { runJob, type RunJobOptions } from '../support/run-job.js'
import { thrownBy } from '../support/thrown-by.js'

const kept = { retain: { completedMs: 600_000, deadMs: 600_000 } }

/** As `runJob`, on a store that can, or cannot, hold a name back; with the settlements that it was told. */
async function run(handler: Handler<never, unknown>, options: RunJobOptions & { readonly limits?: boolean } = {}) {
  const world = aWorld()
  const { limits = true, worker = {}, ...others } = options
  const store = withCapabilities(world.store, { limits })
  const ran = await runJob(handler, { world, push: kept, ...others, worker: { store, ...worker } })
  const settled = () =>
    (world.calls('settle') as { entries: readonly SettleEntry[] }[]).flatMap(({ entries }) =>
      entries.map(({ settlement }) => settlement),
    )
  return { ...ran, settled }
}

/** Calls an upstream that answers 429 the first time. */
function limitedOnce(ms: number): Handler<unknown, string> {
  let runs = 0
  return (_job, { rateLimited }) => (++runs === 1 ? rateLimited(ms) : 'done')
}

describe('a handler that is rate limited', () => {
  it('has its job go back at once and its name held back, and no attempt used', async () => {
    const { settled, events, get, stop } = await run(limitedOnce(1_500.2), { push: { ...kept, maxAttempts: 1 } })
    expect(settled()[0]).toEqual({ type: 'released', delayMs: 0, holdNameMs: 1_501 })
    expect(events.slice(0, 2)).toEqual(['started', 'released'])
    expect(await get()).toMatchObject({ attempts: 0 })
    await stop()
  })

  it('has its job snoozed instead by a store that cannot hold a name back', async () => {
    const { world, settled, events, get, stop } = await run(limitedOnce(1_500), { limits: false })
    expect(settled()).toEqual([{ type: 'released', delayMs: 1_500 }])
    expect(await get()).toMatchObject({ state: 'scheduled', dueAt: new Date(world.clock.now() + 1_500) })
    await world.pass(1_500)
    expect(events).toEqual(['started', 'released', 'started', 'completed'])
    await stop()
  })

  it('is so with the first of several calls of the upstream that say so at the same time', async () => {
    let runs = 0
    const { settled, stop } = await run(async (_job, { rateLimited }) => {
      const call = async (ms: number): Promise<never> => rateLimited(ms)
      if (++runs === 1) await Promise.all([call(5_000), call(7_000)])
    })
    expect(settled()[0]).toEqual({ type: 'released', delayMs: 0, holdNameMs: 5_000 })
    await stop()
  })

  it('may be an async generator, whose finally blocks run', async () => {
    let [runs, cleaned] = [0, 0]
    const { world, settled, get, stop } = await run(async function* ({ checkpoint }, { rateLimited }) {
      try {
        runs++
        if (checkpoint === undefined) yield 'row 1'
        if (runs === 1) rateLimited(1_000)
        return checkpoint
      } finally {
        cleaned++
      }
    })
    await world.pass(1_000)
    expect(settled()).toMatchObject([
      { type: 'released', delayMs: 0, holdNameMs: 1_000 },
      { type: 'completed', result: '"row 1"' },
    ])
    expect([runs, cleaned]).toEqual([2, 2])
    expect(await get()).toMatchObject({ state: 'completed', attempts: 0 })
    await stop()
  })

  it('gives way to a cancel, which the worker has heard of or not, and has its name held back all the same', async () => {
    for (const hints of [true, false]) {
      const open = anOpenHandler()
      const { world, settled, events, get, stop } = await run(open.handler)
      if (!hints) world.faults.set('extend', () => new Promise(() => {}))
      await world.inspector.cancel('a')
      await world.clock.advance(0)
      expect(open.context().signal.aborted).toBe(hints)
      open.end().reject(thrownBy(() => open.context().rateLimited(1_000)))
      await world.clock.advance(0)
      expect(events).toEqual(['started', 'cancelled'])
      expect(await get()).toMatchObject({ state: 'cancelled' })
      expect(settled()).toEqual([{ type: 'released', delayMs: 0, holdNameMs: 1_000 }])
      world.faults.clear()
      await stop()
    }
  })

  it('is ended as cancelled by a store that cannot hold a name back', async () => {
    const open = anOpenHandler()
    const { world, settled, stop } = await run(open.handler, { limits: false })
    await world.inspector.cancel('a')
    await world.clock.advance(0)
    open.end().reject(thrownBy(() => open.context().rateLimited(1_000)))
    await world.clock.advance(0)
    expect(settled()).toEqual([{ type: 'cancelled', retentionMs: 600_000 }])
    await stop()
  })

  it('holds its name back when its worker stops meanwhile', async () => {
    const open = anOpenHandler()
    const { world, worker, settled, events } = await run(open.handler)
    const stopping = worker.stop({ graceMs: 500 })
    await world.pass(500)
    expect(open.context().signal.reason).toMatchObject({ code: 'WORKER_STOPPING' })
    open.end().reject(thrownBy(() => open.context().rateLimited(3_600_000)))
    await world.until(stopping)
    expect(events).toEqual(['started', 'released'])
    expect(settled()).toEqual([{ type: 'released', delayMs: 0, holdNameMs: 3_600_000 }])
  })

  it('gives way to the time limit, which has come first', async () => {
    const open = anOpenHandler()
    const { world, get, stop } = await run(open.handler, { push: { ...kept, timeoutMs: 500, maxAttempts: 1 } })
    const thrown = thrownBy(() => open.context().rateLimited(1_000))
    await world.clock.advance(500)
    open.end().reject(thrown)
    await world.clock.advance(0)
    expect(await get()).toMatchObject({ state: 'dead', error: { code: 'JOB_TIMED_OUT' } })
    await stop()
  })

  it('is not, if it swallows that, or fails of its own after it', async () => {
    const swallowing = (_job: unknown, { rateLimited }: HandlerContext): unknown =>
      thrownBy(() => rateLimited(5)) && 'ok'
    const failing = (_job: unknown, { rateLimited }: HandlerContext): never => {
      thrownBy(() => rateLimited(5))
      throw new Error('own')
    }
    for (const [handler, expected] of [
      [swallowing, { type: 'completed' }],
      [failing, { type: 'dead', reason: 'attempts' }],
    ] as const) {
      const { settled, stop } = await run(handler, { push: { ...kept, maxAttempts: 1 } })
      expect(settled()).toMatchObject([expected])
      await stop()
    }
  })

  it('by another job has failed: it was not asked for here', async () => {
    const open = anOpenHandler()
    const { world, get, stop } = await run(open.handler, { push: { ...kept, maxAttempts: 1 } })
    const end = open.end()
    await world.scheduler().push('email', {}, { id: 'b' })
    await world.clock.advance(0)
    end.reject(thrownBy(() => open.context().rateLimited(1_000)))
    await world.clock.advance(0)
    const message = "the name 'email' is rate limited for 1000 ms; let this pass through the handler"
    expect(await get()).toMatchObject({ state: 'dead', error: { name: 'RateLimited', message } })
    await stop()
  })

  it.each([[Infinity], [-1], [NaN], ['5'], [undefined]])('is for no span of %s: the attempt has failed', async (ms) => {
    const { get, stop } = await run((_job, { rateLimited }) => rateLimited(ms as number), {
      push: { ...kept, maxAttempts: 1 },
    })
    const shown = typeof ms === 'string' ? '"5"' : String(ms)
    const message = `the span of rateLimited must be a number from 0 to 3162240000000, got ${shown}`
    expect(await get()).toMatchObject({ state: 'dead', attempts: 1, error: { code: 'INVALID_ARGUMENT', message } })
    await stop()
  })
})
