import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/index.js'
import { aWorld } from '../support/a-world.js'

describe('a manual clock', () => {
  it('stands still until it is moved', async () => {
    const clock = new ManualClock({ startAt: new Date(1_000) })
    expect([clock.now(), clock.monotonic()]).toEqual([1_000, 0])
    await clock.advance(5)
    expect([clock.now(), clock.monotonic()]).toEqual([1_005, 5])
  })

  it('fires timers in the order of their times, and equal ones in the order of their making', async () => {
    const clock = new ManualClock()
    const fired: string[] = []
    clock.setTimer(20, () => fired.push(`b at ${clock.monotonic()}`))
    clock.setTimer(10, () => fired.push(`a at ${clock.monotonic()}`))
    clock.setTimer(20, () => fired.push(`c at ${clock.monotonic()}`))
    await clock.advance(100)
    expect(fired).toEqual(['a at 10', 'b at 20', 'c at 20'])
    expect(clock.monotonic()).toBe(100)
  })

  it('fires timers that a timer sets within the same advance', async () => {
    const clock = new ManualClock()
    const fired: number[] = []
    clock.setTimer(10, () => clock.setTimer(10, () => fired.push(clock.monotonic())))
    await clock.advance(20)
    expect(fired).toEqual([20])
  })

  it('tells whole milliseconds, as a system clock does, whatever fractions timers and steps have', async () => {
    const clock = new ManualClock({ startAt: new Date(1_000) })
    const fired: number[] = []
    for (const delayMs of [0.3, 1.9, 2.5]) clock.setTimer(delayMs, () => fired.push(clock.now()))
    await clock.advance(10)
    expect(fired).toEqual([1_001, 1_001, 1_002])
    await clock.advance(0.5)
    expect(clock.now()).toBe(1_010)
  })

  it('does not fire what was cancelled', async () => {
    const clock = new ManualClock()
    let fired = 0
    const cancel = clock.setTimer(10, () => fired++)
    const cancelSoon = clock.setTimer(0, () => fired++)
    cancel()
    cancel()
    cancelSoon()
    await clock.advance(100)
    expect(fired).toBe(0)
    expect(clock.pendingTimers).toBe(0)
  })

  it('calls a timer of 0 soon, and never at once', async () => {
    const clock = new ManualClock()
    let fired = false
    clock.setTimer(0, () => (fired = true))
    expect(fired).toBe(false)
    await clock.advance(0)
    expect(fired).toBe(true)
  })

  it('repeats its randomness for the same seed', () => {
    const draw = (seed: number): number[] => {
      const clock = new ManualClock({ seed })
      return Array.from({ length: 5 }, () => clock.random())
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
    expect(draw(7).every((n) => n >= 0 && n < 1)).toBe(true)
  })

  it('comes to rest only when all that needs no further time is done', async () => {
    const world = aWorld()
    await world.scheduler().pushMany(Array.from({ length: 50 }, (_, n) => ({ name: 'email', args: n })))
    const worker = world.worker({ concurrency: 1 })
    let done = 0
    worker.registerHandler('email', () => void done++)
    worker.start()
    await world.clock.advance(1)
    expect(done).toBe(50)
    await world.until(worker.stop())
  })
})
