import { describe, expect, it } from 'vitest'
import { ManualClock } from '@goscheds/memory'
import { sleep } from '../../src/service/sleep.js'
import { leftInSignal } from '../support/left-in-signal.js'

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

  it('ends with the first of several signals, and leaves nothing in any of them', async () => {
    const clock = new ManualClock()
    const [first, second] = [new AbortController(), new AbortController()]
    const signals = [first.signal, second.signal]
    const slept = sleep(clock, Infinity, ...signals)
    second.abort()
    await slept
    expect(signals.map(leftInSignal)).toEqual([0, 0])
    await sleep(clock, 0, first.signal)
    expect(signals.map(leftInSignal)).toEqual([0, 0])
    expect(clock.pendingTimers).toBe(0)
  })
})
