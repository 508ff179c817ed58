import { describe, expect, it } from 'vitest'
import { aWorld } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'

describe('the hints of a store', () => {
  it('may begin late: what was scheduled before the subscription took hold is promoted at its time (G9)', async () => {
    const { clock, faults, scheduler, memory } = aWorld()
    const gate = deferred()
    faults.set('subscribe', async (subscribe) => {
      await gate.promise
      return subscribe()
    })
    const timeKeeper = scheduler()
    timeKeeper.start()
    await clock.advance(0)
    await timeKeeper.pushScheduled('soon', null, { delayMs: 50 })
    gate.resolve()
    await clock.advance(50)
    expect(await memory.counts({ names: ['soon'] })).toMatchObject([{ scheduled: 0, ready: 1 }])
    await timeKeeper.stop()
  })

  it('are told of as a coded error when a subscription that came too late cannot be ended', async () => {
    const { clock, faults, scheduler } = aWorld()
    const gate = deferred()
    faults.set('subscribe', async () => {
      await gate.promise
      return () => Promise.reject(new Error('ECONNRESET'))
    })
    const timeKeeper = scheduler()
    const codes: unknown[] = []
    timeKeeper.on('error', (error) => codes.push((error as { code?: unknown }).code))
    timeKeeper.start()
    await clock.advance(10_000)
    faults.clear()
    gate.resolve()
    await clock.advance(0)
    expect(codes).toEqual(['STORE_TIMEOUT', 'STORE_FAILED'])
    await timeKeeper.stop()
  })
})
