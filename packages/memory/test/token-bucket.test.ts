import type { RateLimit } from '@goscheds/core'
import { describe, expect, it } from 'vitest'
import { fullAfter, tokenInMs, tokensOf } from '../src/token-bucket.js'

const NOW = 1_700_000_000_000

/** How many tokens were taken by each millisecond of a minute, where all there are are taken one by one. */
function takenByMs(rate: RateLimit): number[] {
  let fullAt: number | undefined
  let taken = 0
  return Array.from({ length: 60_001 }, (_, t) => {
    const tokens = tokensOf(rate, fullAt, NOW + t)
    for (let n = 0; n < tokens; n++) fullAt = fullAfter(rate, fullAt, NOW + t, 1)
    return (taken += tokens)
  })
}

describe('a token bucket', () => {
  it.each([
    { limit: 100, perMs: 1_000, burst: 10 },
    { limit: 1, perMs: 60_000, burst: 1 },
    { limit: 8, perMs: 1_000, burst: 1 },
    { limit: 2_000, perMs: 1_000, burst: 50 },
    { limit: 600, perMs: 60_000, burst: 3 },
  ])('gives exactly $limit in every $perMs ms beside its burst of $burst, at each moment of a minute', (rate) => {
    const taken = takenByMs(rate)
    const wrong = taken.filter((count, t) => count !== Math.floor(rate.burst + (rate.limit * t) / rate.perMs))
    expect([taken.length, wrong]).toEqual([60_001, []])
  })

  it('is never a job off where the time for one is no binary fraction', () => {
    const rate = { limit: 7, perMs: 1_000, burst: 3 }
    const off = takenByMs(rate).map((count, t) => count - (rate.burst + (rate.limit * t) / rate.perMs))
    expect(Math.max(...off)).toBeLessThan(1e-3)
    expect(Math.min(...off)).toBeGreaterThan(-1 - 1e-3)
  })

  it('says when it has a token: not a moment before, and then', () => {
    const rate = { limit: 3, perMs: 1_000, burst: 2 }
    const empty = fullAfter(rate, undefined, NOW, 2)
    expect(tokensOf(rate, empty, NOW)).toBe(0)
    const wait = tokenInMs(rate, empty, NOW)
    expect(wait).toBeCloseTo(1_000 / 3, 3)
    expect(tokensOf(rate, empty, NOW + wait - 0.01)).toBe(0)
    expect(tokensOf(rate, empty, NOW + wait)).toBe(1)
    expect(tokenInMs(rate, empty, NOW + 1_000)).toBe(0)
  })

  it('is full at its time, however the sum of what was taken is rounded', () => {
    const rate = { limit: 11, perMs: 3_600_000, burst: 11 }
    let fullAt: number | undefined
    for (let n = 0; n < 11; n++) fullAt = fullAfter(rate, fullAt, NOW, 1)
    expect(tokensOf(rate, fullAt, NOW + 3_599_999)).toBe(10)
    expect(tokensOf(rate, fullAt, NOW + 3_600_000)).toBe(11)
  })

  it('fills up to its burst and no further', () => {
    const rate = { limit: 10, perMs: 1_000, burst: 4 }
    const empty = fullAfter(rate, undefined, NOW, 4)
    expect(tokensOf(rate, empty, NOW + 1e9)).toBe(4)
  })

  it('lacks no more than it can hold under a limit that was made smaller', () => {
    const empty = fullAfter({ limit: 1, perMs: 1_000, burst: 1_000 }, undefined, NOW, 1_000)
    const rate = { limit: 1, perMs: 1_000, burst: 2 }
    expect([tokensOf(rate, empty, NOW), tokenInMs(rate, empty, NOW)]).toEqual([0, 1_000])
    expect(fullAfter(rate, empty, NOW, 0)).toBe(NOW + 2_000)
  })
})
