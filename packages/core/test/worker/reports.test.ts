import { describe, expect, it } from 'vitest'
import { hostileError } from '../support/handlers.js'
import { anOpenHandler, refusal } from '../support/open-handler.js'
import { runJob } from '../support/run-job.js'
import { unhandledDuring } from '../support/unhandled-during.js'
import { failing } from '../support/with-faults.js'

const kept = { retain: { completedMs: 60_000 } }

describe('what a running job reports', () => {
  it('is seen by the Inspector while it runs, the last progress and checkpoint and all lines in order', async () => {
    const { get, stop } = await runJob(async (_job, { progress, checkpoint, log }) => {
      log('first')
      await progress({ done: 1 })
      log('second')
      await progress({ done: 2 })
      await checkpoint({ row: 7 })
      log('third')
      await new Promise(() => {})
    })
    expect(await get()).toMatchObject({
      ...{ state: 'active', progress: { done: 2 }, checkpoint: { row: 7 }, log: ['first', 'second', 'third'] },
    })
    expect(await stop()).toBe(0)
  })

  it('goes to the store in one call where it comes at once', async () => {
    const { world, stop } = await runJob(async (_job, { progress, log }) => {
      for (const line of ['a', 'b', 'c']) log(line)
      await progress(1)
    })
    expect(world.calls('report')).toMatchObject([{ entries: [{}, {}, {}, { progress: '1' }] }])
    await stop()
  })

  it.each<['progress' | 'checkpoint', unknown, string, string]>([
    ['progress', 5n, 'PROGRESS_NOT_SERIALIZABLE', 'progress is a bigint'],
    ['progress', { at: [new Date(0)] }, 'PROGRESS_NOT_SERIALIZABLE', 'progress.at[0] is a Date'],
    ['progress', hostileError(), 'PROGRESS_NOT_SERIALIZABLE', 'progress cannot be encoded'],
    [
      'progress',
      'x'.repeat(64 * 1024 - 1),
      'PROGRESS_TOO_LARGE',
      'progress has 65537 bytes when encoded; at most 65536',
    ],
    ['checkpoint', { f: () => {} }, 'CHECKPOINT_NOT_SERIALIZABLE', 'checkpoint.f is a function'],
    ['checkpoint', NaN, 'CHECKPOINT_NOT_SERIALIZABLE', 'checkpoint is NaN'],
    ['checkpoint', 'x'.repeat(256 * 1024 - 1), 'CHECKPOINT_TOO_LARGE', '262145 bytes when encoded; at most 262144'],
  ])('fails that call only when it is %s that cannot be kept: %#', async (method, value, code, message) => {
    let error: unknown
    const { world, events, get, stop } = await runJob(
      async (_job, context) => {
        await context.progress('before')
        error = await refusal(context[method](value))
      },
      { push: kept },
    )
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) as string })
    expect(events).toEqual(['started', 'completed'])
    expect(world.calls('report')).toHaveLength(1)
    expect(await get()).toMatchObject({ progress: 'before' })
    await stop()
  })

  it.each<['progress' | 'checkpoint', number]>([
    ['progress', 64 * 1024],
    ['checkpoint', 256 * 1024],
  ])('may be a %s of %d bytes', async (method, bytes) => {
    const value = 'x'.repeat(bytes - 2)
    const { get, stop } = await runJob(async (_job, context) => context[method](value), { push: kept })
    expect(await get()).toMatchObject({ [method]: value })
    await stop()
  })

  it('is of no harm to the process when nobody awaits a call that is refused', async () => {
    let events: readonly string[] = []
    const unhandled = await unhandledDuring(async () => {
      const run = await runJob((_job, { progress, checkpoint }) => {
        void progress(5n)
        void checkpoint(() => {})
      })
      events = run.events
      await run.stop()
    })
    expect(unhandled).toEqual([])
    expect(events).toEqual(['started', 'completed'])
  })

  it('is refused with what the store fails with, and not tried again', async () => {
    const open = anOpenHandler()
    const { world, events, stop } = await runJob(open.handler)
    world.faults.set('report', failing)
    open.context().log('gone')
    expect(await refusal(open.context().progress(1))).toMatchObject({ code: 'STORE_FAILED' })
    await world.pass(20_000)
    expect(world.calls('report')).toHaveLength(1)
    expect(events).toEqual(['started', 'error STORE_FAILED'])
    await stop()
  })

  it('has a line above 1,000 characters cut, and keeps the last 100 lines', async () => {
    const { get, stop } = await runJob(
      (_job, { log }) => {
        for (let n = 1; n <= 105; n++) log(`line ${n}`)
        log('x'.repeat(1_000))
        log('y'.repeat(1_001))
      },
      { push: kept },
    )
    const log = (await get())?.log ?? []
    expect(log).toHaveLength(100)
    expect(log[0]).toBe('line 8')
    expect(log.slice(-2)).toEqual(['x'.repeat(1_000), `${'y'.repeat(1_000)}…`])
    await stop()
  })

  it('is text that every store can keep: half a character, be it by a cut, is replaced', async () => {
    const { get, stop } = await runJob(
      (_job, { log }) => {
        log('half \ud83d')
        log('whole \ud83d\ude00')
        log(`${'x'.repeat(999)}\ud83d\ude00`)
      },
      { push: kept },
    )
    expect((await get())?.log).toEqual(['half \ufffd', 'whole \ud83d\ude00', `${'x'.repeat(999)}\ufffd…`])
    await stop()
  })

  it.each([[5], [undefined], [{ a: 1 }]])('has no line that is %j', async (line) => {
    const { get, stop } = await runJob((_job, { log }) => log(line as unknown as string), { push: { maxAttempts: 1 } })
    const message = expect.stringContaining('a line of the log must be a string, got') as string
    expect(await get()).toMatchObject({ state: 'dead', error: { code: 'INVALID_ARGUMENT', message } })
    await stop()
  })

  it('is INVALID_STATE after the attempt: refused to whoever calls, and an error event for a line', async () => {
    const open = anOpenHandler()
    const { world, events, stop } = await runJob(open.handler)
    open.end().resolve('done')
    await world.clock.advance(0)
    expect(await refusal(open.context().progress(1))).toMatchObject({ code: 'INVALID_STATE' })
    expect(await refusal(open.context().checkpoint(1))).toMatchObject({ code: 'INVALID_STATE' })
    open.context().log('too late')
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'completed', 'error INVALID_STATE'])
    expect(world.calls('report')).toEqual([])
    await stop()
  })

  it.each(['progress', 'checkpoint', 'log'] as const)(
    'aborts the signal with LEASE_LOST at once when the store has the job elsewhere: %s (G4)',
    async (method) => {
      const open = anOpenHandler()
      const { world, events, get, stop } = await runJob(open.handler, { worker: { leaseMs: 30_000 } })
      const [job] = await world.memory.get({ ids: ['a'] })
      const lease = { id: 'a', name: 'email', fence: { generation: job?.generation ?? 0, claim: job?.claims ?? 0 } }
      await world.memory.settle({ entries: [{ lease, settlement: { type: 'released', delayMs: 60_000 } }] })
      const { signal } = open.context()
      const error = await refusal(Promise.resolve(open.context()[method]('mine')))
      await world.clock.advance(0)
      expect(signal.reason).toMatchObject({ code: 'LEASE_LOST' })
      if (method !== 'log') expect(error).toMatchObject({ code: 'LEASE_LOST' })
      open.end().reject(signal.reason)
      await world.clock.advance(0)
      expect(events.filter((event) => !event.startsWith('error'))).toEqual(['started', 'lost'])
      const view = await get()
      expect(view).toMatchObject({ state: 'scheduled' })
      for (const name of ['progress', 'checkpoint', 'log']) expect(view).not.toHaveProperty(name)
      await stop()
    },
  )
})
