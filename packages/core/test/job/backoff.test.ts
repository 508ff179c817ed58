import { describe, expect, it } from 'vitest'
import { checkBackoff, defaultBackoff, retryDelayMs } from '../../src/job/backoff.js'

describe('the default back-off', () => {
  it('retries at once, then after 1 s · 2ⁿ, at most an hour', () => {
    const delays = [1, 2, 3, 4, 13, 14, 1_000].map((failed) => retryDelayMs(defaultBackoff, failed, 0))
    expect(delays).toEqual([0, 1_000, 2_000, 4_000, 2_048_000, 3_600_000, 3_600_000])
  })

  it('takes away up to half at random', () => {
    expect(retryDelayMs(defaultBackoff, 3, 0)).toBe(2_000)
    expect(retryDelayMs(defaultBackoff, 3, 0.5)).toBe(1_500)
    expect(retryDelayMs(defaultBackoff, 3, 1 - 2 ** -32)).toBe(1_000)
    expect(retryDelayMs(defaultBackoff, 1, 0.5)).toBe(0)
  })
})

describe('an exponential back-off', () => {
  it('takes its own delay, cap and jitter', () => {
    const backoff = { type: 'exponential', delayMs: 10, capMs: 35, jitter: 0 } as const
    expect([1, 2, 3, 4, 5].map((failed) => retryDelayMs(backoff, failed, 0.9))).toEqual([0, 10, 20, 35, 35])
  })

  it('is always a whole number of milliseconds, 0 or more', () => {
    for (let failed = 1; failed < 10_000; failed += 7) {
      const delay = retryDelayMs({ type: 'exponential', delayMs: 333, jitter: 1 }, failed, 0.777)
      expect(Number.isInteger(delay) && delay >= 0).toBe(true)
    }
  })
})

describe('a fixed back-off', () => {
  it('waits as long each time, the first included, without jitter unless asked', () => {
    expect([1, 2, 50].map((failed) => retryDelayMs({ type: 'fixed', delayMs: 500 }, failed, 0.9))).toEqual([
      500, 500, 500,
    ])
    expect(retryDelayMs({ type: 'fixed', delayMs: 500, jitter: 0.2 }, 1, 0.5)).toBe(450)
  })
})

describe('a back-off as a user gives it', () => {
  it('comes out as it went in', () => {
    const backoff = { type: 'exponential', delayMs: 5, capMs: 10, jitter: 0.1 }
    expect(checkBackoff(backoff)).toEqual(backoff)
    expect(checkBackoff({ type: 'fixed', delayMs: 0 })).toEqual({ type: 'fixed', delayMs: 0 })
  })

  it.each([
    ['exponential', 'backoff must be an object, got "exponential"'],
    [{ delayMs: 5 }, "backoff.type must be 'fixed' or 'exponential', got undefined"],
    [{ type: 'linear', delayMs: 5 }, "backoff.type must be 'fixed' or 'exponential', got \"linear\""],
    [{ type: 'fixed' }, 'backoff.delayMs must be a number from 0'],
    [{ type: 'fixed', delayMs: -1 }, 'backoff.delayMs must be a number from 0'],
    [{ type: 'fixed', delayMs: 1, capMs: 5 }, 'a fixed backoff has no option capMs'],
    [{ type: 'exponential', delayMs: 1, capMs: NaN }, 'backoff.capMs must be a number'],
    [{ type: 'fixed', delayMs: 1, jitter: 2 }, 'backoff.jitter must be a number from 0 to 1, got 2'],
    [{ type: 'fixed', delayMs: 1, factor: 2 }, "backoff has no option 'factor'"],
  ])('is refused: %j', (value, message) => {
    expect(() => checkBackoff(value)).toThrow(message)
  })

  it('is refused with a coded error when its type is a BigInt', () => {
    expect(() => checkBackoff({ type: 5n, delayMs: 1 })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})
