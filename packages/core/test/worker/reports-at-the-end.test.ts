import { describe, expect, it } from 'vitest'
import { deferred } from '../support/deferred.js'
import { anOpenHandler, refusal } from '../support/open-handler.js'
import { runJob } from '../support/run-job.js'
import { answeredAfter, failing, hanging } from '../support/with-faults.js'

const kept = { retain: { completedMs: 60_000, deadMs: 60_000 } }

describe('what a handler reported and did not await', () => {
  it('is stored before its attempt is settled', async () => {
    const { world, get, stop } = await runJob(
      (_job, { progress, checkpoint, log }) => {
        void progress('all')
        void checkpoint('end')
        log('done')
      },
      { push: kept },
    )
    expect(await get()).toMatchObject({ state: 'completed', progress: 'all', checkpoint: 'end', log: ['done'] })
    expect(world.calls('report')).toHaveLength(1)
    await stop()
  })

  it('holds the settlement up until the store has answered, also of one that failed', async () => {
    const gate = deferred()
    const open = anOpenHandler()
    const { world, events, get, stop } = await runJob(open.handler, { push: { ...kept, maxAttempts: 1 } })
    world.faults.set('report', answeredAfter(gate.promise))
    open.context().log('the last words')
    open.end().reject(new Error('no'))
    await world.pass(5_000)
    expect(events).toEqual(['started'])
    gate.resolve()
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'dead'])
    expect(await get()).toMatchObject({ state: 'dead', log: ['the last words'] })
    await stop()
  })

  it('costs the attempt nothing when the store refuses it', async () => {
    const open = anOpenHandler()
    const { world, events, get, stop } = await runJob(open.handler, { push: kept })
    world.faults.set('report', failing)
    void open.context().progress(1)
    open.end().resolve('done')
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'completed'])
    expect(await get()).toMatchObject({ result: 'done' })
    await stop()
  })

  it('does not count for the time limit: the handler has returned in time', async () => {
    const gate = deferred()
    const open = anOpenHandler()
    const { world, events, get, stop } = await runJob(open.handler, { push: { ...kept, timeoutMs: 1_000 } })
    world.faults.set('report', (run) => gate.promise.then(run))
    void open.context().progress(1)
    await world.pass(900)
    open.end().resolve('done')
    await world.pass(5_000)
    expect(events).toEqual(['started'])
    gate.resolve()
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'completed'])
    expect(await get()).toMatchObject({ state: 'completed', result: 'done', progress: 1 })
    expect(await stop()).toBe(0)
  })

  it('does not keep what the handler did from counting when its worker stops meanwhile', async () => {
    const open = anOpenHandler()
    const { world, worker, events, get } = await runJob(open.handler, { push: kept })
    world.faults.set('report', hanging)
    void open.context().progress(1)
    open.end().resolve('done')
    await world.clock.advance(0)
    const stoppedAt = world.clock.monotonic()
    await world.until(worker.stop({ graceMs: 500 }))
    expect(world.clock.monotonic() - stoppedAt).toBeLessThanOrEqual(1_600)
    expect(events).toEqual(['started', 'completed'])
    expect(await get()).toMatchObject({ state: 'completed', result: 'done' })
  })

  it('does not keep an attempt that has failed from counting when its job is cancelled or its worker stops', async () => {
    const open = anOpenHandler()
    const { world, worker, events, get } = await runJob(open.handler, { push: { ...kept, maxAttempts: 1 } })
    world.faults.set('report', hanging)
    void open.context().progress(1)
    open.end().reject(new Error('no'))
    await world.clock.advance(0)
    await world.until(worker.stop({ graceMs: 500 }))
    expect(events).toEqual(['started', 'dead'])
    expect(await get()).toMatchObject({ state: 'dead', error: { message: 'no' } })
  })

  it('is all: a timer that the handler left behind cannot keep the attempt open', async () => {
    const open = anOpenHandler()
    const { world, events, stop } = await runJob(open.handler)
    world.faults.set('report', (run) => new Promise((resolve) => void world.clock.setTimer(10, () => resolve(run()))))
    const { progress } = open.context()
    const refused: unknown[] = []
    const again = (): void => {
      void refusal(progress(1)).then((error) => error !== undefined && refused.push(error))
      if (refused.length === 0) world.clock.setTimer(1, again)
    }
    again()
    open.end().resolve('done')
    await world.pass(1_000, 1)
    expect(events).toEqual(['started', 'completed'])
    expect(refused[0]).toMatchObject({ code: 'INVALID_STATE' })
    await stop()
  })
})
