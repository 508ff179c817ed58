import { describe, expect, it } from 'vitest'
import { ManualClock } from '@goscheds/memory'
import { Loop, retryPauseMs } from '../../src/service/loop.js'
import { deferred } from '../support/deferred.js'
import { turns } from '../support/turns.js'
import { unhandledDuring } from '../support/unhandled-during.js'

function aLoop(step: (signal: AbortSignal) => Promise<number>) {
  const clock = new ManualClock()
  const errors: unknown[] = []
  const loop = new Loop({ runtime: clock, step, onError: (error) => errors.push(error) })
  return { clock, errors, loop }
}

describe('a loop', () => {
  it('repeats its step, sleeping as long as the step says', async () => {
    let steps = 0
    const { clock, loop } = aLoop(async () => (steps++, 1_000))
    loop.start()
    await clock.advance(999)
    expect(steps).toBe(1)
    await clock.advance(1)
    expect(steps).toBe(2)
    await loop.stop()
  })

  it('runs one step at a time, however often it is started', async () => {
    let steps = 0
    const { clock, loop } = aLoop(async () => (steps++, 1_000))
    loop.start()
    loop.start()
    await clock.advance(0)
    expect(steps).toBe(1)
    await loop.stop()
  })

  it('may be stopped twice, at once, and before it was started', async () => {
    const { clock, loop } = aLoop(async () => Infinity)
    await loop.stop()
    loop.start()
    await clock.advance(0)
    await Promise.all([loop.stop(), loop.stop()])
    await loop.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('can be started again after it has stopped', async () => {
    let steps = 0
    const { clock, loop } = aLoop(async () => (steps++, Infinity))
    loop.start()
    await clock.advance(0)
    await loop.stop()
    loop.start()
    await clock.advance(0)
    expect(steps).toBe(2)
    await loop.stop()
  })

  it('waits for the step under way when it stops, and tells it by its signal', async () => {
    const step = deferred<number>()
    let signal: AbortSignal | undefined
    const { clock, loop } = aLoop((own) => ((signal = own), step.promise))
    loop.start()
    await clock.advance(0)
    let stopped = false
    const stopping = loop.stop().then(() => (stopped = true))
    await turns()
    expect(signal?.aborted).toBe(true)
    expect(stopped).toBe(false)
    step.resolve(1_000)
    await stopping
    expect(clock.pendingTimers).toBe(0)
  })

  it('does not report the error of a step that was told to stop', async () => {
    const { clock, errors, loop } = aLoop(async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw new Error('aborted')
    })
    loop.start()
    await clock.advance(0)
    await loop.stop()
    expect(errors).toEqual([])
  })

  it('ends its sleep when it is woken', async () => {
    let steps = 0
    const { clock, loop } = aLoop(async () => (steps++, Infinity))
    loop.start()
    await clock.advance(0)
    loop.wake()
    await clock.advance(0)
    expect(steps).toBe(2)
    await loop.stop()
  })

  it('does not miss a wake-up that comes during a step', async () => {
    const first = deferred<number>()
    let steps = 0
    const { clock, loop } = aLoop(() => (steps++ === 0 ? first.promise : Promise.resolve(Infinity)))
    loop.start()
    await clock.advance(0)
    loop.wake()
    first.resolve(Infinity)
    await clock.advance(0)
    expect(steps).toBe(2)
    await loop.stop()
  })

  it('goes on after an error, with a pause that grows to five seconds', async () => {
    const at: number[] = []
    const { clock, errors, loop } = aLoop(async () => {
      at.push(clock.monotonic())
      throw new Error('down')
    })
    loop.start()
    await clock.advance(60_000)
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0))
    expect(pauses[0]).toBeGreaterThanOrEqual(50)
    expect(pauses[0]).toBeLessThanOrEqual(100)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5_000)
    expect(Math.min(...pauses.slice(8))).toBeGreaterThanOrEqual(2_500)
    expect(errors).toHaveLength(at.length)
    await loop.stop()
  })

  it('begins with the short pause again once a step has succeeded', async () => {
    const at: number[] = []
    const { clock, loop } = aLoop(async () => {
      at.push(clock.monotonic())
      if (at.length === 6) return 0
      throw new Error('down')
    })
    loop.start()
    while (at.length < 8) await clock.advance(50)
    expect((at[7] ?? 0) - (at[6] ?? 0)).toBeLessThanOrEqual(150)
    await loop.stop()
  })

  it('pauses after an error even when it was woken during the step', async () => {
    let steps = 0
    const { clock, loop } = aLoop(async () => {
      steps++
      loop.wake()
      throw new Error('down')
    })
    loop.start()
    await clock.advance(49)
    expect(steps).toBe(1)
    await loop.stop()
  })

  it('survives a step that throws before it returns a promise', async () => {
    let steps = 0
    const { clock, errors, loop } = aLoop(() => {
      steps++
      throw new Error('at once')
    })
    loop.start()
    await clock.advance(150)
    expect(steps).toBeGreaterThan(1)
    expect(errors.length).toBe(steps)
    await loop.stop()
  })

  it('survives an onError that throws', async () => {
    let steps = 0
    const clock = new ManualClock()
    const loop = new Loop({
      runtime: clock,
      step: async () => {
        steps++
        throw new Error('down')
      },
      onError: () => {
        throw new Error('the logger is broken')
      },
    })
    const unhandled = await unhandledDuring(async () => {
      loop.start()
      await clock.advance(1_000)
      await loop.stop().catch(() => {})
    })
    expect(unhandled).toEqual([])
    expect(steps).toBeGreaterThan(1)
  })

  it('gives way to timers and I/O between steps that do not sleep', async () => {
    const { loop } = aLoop(async () => 0)
    loop.start()
    let timers = 0
    for (let n = 0; n < 3; n++) await new Promise<void>((resolve) => setTimeout(() => (timers++, resolve()), 0))
    expect(timers).toBe(3)
    await loop.stop()
  })
})

describe('the pause after a failure', () => {
  it('doubles from 100 ms to 5 s and loses up to half to jitter', () => {
    const most = { random: () => 0.999_999 } as unknown as ManualClock
    const least = { random: () => 0 } as unknown as ManualClock
    expect(retryPauseMs(0, most)).toBeCloseTo(100, 0)
    expect(retryPauseMs(0, least)).toBe(50)
    expect(retryPauseMs(3, most)).toBeCloseTo(800, 0)
    expect(retryPauseMs(100, most)).toBeCloseTo(5_000, 0)
    expect(retryPauseMs(100_000, least)).toBe(2_500)
  })
})
