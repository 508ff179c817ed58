import type { RateLimit } from '@goscheds/core'
import { describe, expect, it } from 'vitest'
import { type Bucket, cutToSize, isFull, takeTokens, tokenInMs, tokensOf } from '../src/token-bucket.js'

/** As a store's clock has it: large, and with a fraction. */
const NOW = 1_790_000_000_000.457

/** How many tokens were taken by each millisecond of a minute, where all there are are taken one by one. */
function takenByMs(rate: RateLimit): number[] {
  let bucket: Bucket | undefined
  let taken = 0
  return Array.from({ length: 60_001 }, (_, t) => {
    const tokens = tokensOf(rate, bucket, NOW + t)
    for (let n = 0; n < tokens; n++) bucket = takeTokens(rate, bucket, NOW + t, 1)
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
    { limit: 7, perMs: 1_000, burst: 3 },
    { limit: 3_000, perMs: 1_000, burst: 10 },
    { limit: 5_000, perMs: 1_000, burst: 50 },
    { limit: 30, perMs: 1_000, burst: 2 },
    { limit: 11, perMs: 3_600_000, burst: 11 },
  ])('gives exactly $limit in every $perMs ms beside its burst of $burst, at each moment of a minute', (rate) => {
    const taken = takenByMs(rate)
    const wrong = taken.filter((count, t) => count !== Math.floor(rate.burst + (rate.limit * t) / rate.perMs + 1e-9))
    expect([taken.length, wrong]).toEqual([60_001, []])
  })

  it('says when it has a token: not a moment before, and then', () => {
    const rate = { limit: 3, perMs: 1_000, burst: 2 }
    const empty = takeTokens(rate, undefined, NOW, 2)
    expect(tokensOf(rate, empty, NOW)).toBe(0)
    const wait = tokenInMs(rate, empty, NOW)
    expect(wait).toBeCloseTo(1_000 / 3, 3)
    expect(tokensOf(rate, empty, NOW + wait - 0.01)).toBe(0)
    expect(tokensOf(rate, empty, NOW + wait + 0.001)).toBe(1)
    expect(tokenInMs(rate, empty, NOW + 1_000)).toBe(0)
  })

  it('is full at its time, however the sum of what was taken is rounded', () => {
    const rate = { limit: 11, perMs: 3_600_000, burst: 11 }
    let bucket: Bucket | undefined
    for (let n = 0; n < 11; n++) bucket = takeTokens(rate, bucket, NOW, 1)
    expect(tokensOf(rate, bucket, NOW + 3_599_999)).toBe(10)
    expect(tokensOf(rate, bucket, NOW + 3_600_000)).toBe(11)
  })

  it('fills up to its burst and no further', () => {
    const rate = { limit: 10, perMs: 1_000, burst: 4 }
    const empty = takeTokens(rate, undefined, NOW, 4)
    expect(tokensOf(rate, empty, NOW + 1e9)).toBe(4)
  })

  it('lacks no more than it can hold under a limit that was made smaller', () => {
    const empty = takeTokens({ limit: 1, perMs: 1_000, burst: 1_000 }, undefined, NOW, 1_000)
    const rate = { limit: 1, perMs: 1_000, burst: 2 }
    expect([tokensOf(rate, empty, NOW), tokenInMs(rate, empty, NOW)]).toEqual([0, 1_000])
    expect(cutToSize(rate, empty, NOW)).toEqual({ at: NOW, missingMs: 2_000 })
  })

  it('is left as it is by a look that finds no more missing than it can hold', () => {
    const rate = { limit: 1, perMs: 1_000, burst: 2 }
    const empty = takeTokens(rate, undefined, NOW, 2)
    expect(cutToSize(rate, empty, NOW + 500)).toBe(empty)
    expect([isFull(empty, NOW + 1_999), isFull(empty, NOW + 2_000)]).toEqual([false, true])
  })
})
