import { describe, expect, it } from 'vitest'
import { ManualClock } from '@goscheds/memory'
import { sleep } from '../../src/service/sleep.js'

describe('sleep', () => {
  it('resolves after its time and not before', async () => {
    const clock = new ManualClock()
    let awake = false
    void sleep(clock, 1_000).then(() => (awake = true))
    await clock.advance(999)
    expect(awake).toBe(false)
    await clock.advance(1)
    expect(awake).toBe(true)
  })

  it('resolves when its signal aborts, and leaves no timer', async () => {
    const clock = new ManualClock()
    const ended = new AbortController()
    const sleeping = sleep(clock, 1_000, ended.signal)
    ended.abort()
    await sleeping
    expect(clock.pendingTimers).toBe(0)
  })

  it('resolves at once when its signal has aborted already', async () => {
    const clock = new ManualClock()
    await sleep(clock, 1_000, AbortSignal.abort())
    expect(clock.pendingTimers).toBe(0)
  })

  it('waits for the signal alone when the time is Infinity', async () => {
    const clock = new ManualClock()
    const ended = new AbortController()
    const sleeping = sleep(clock, Infinity, ended.signal)
    expect(clock.pendingTimers).toBe(0)
    ended.abort()
    await sleeping
  })

  it('gives way once when the time is 0', async () => {
    const order: string[] = []
    setImmediate(() => order.push('other'))
    await sleep(new ManualClock(), 0)
    order.push('slept')
    expect(order).toEqual(['other', 'slept'])
  })
})
