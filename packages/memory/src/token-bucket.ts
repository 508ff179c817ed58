import type { RateLimit } from '@goscheds/core'

/**
 * How many milliseconds a bucket lacked of being full, and when that was. Two numbers, since one, the time at which it will be
 * full, holds too few digits: what is rounded off with each token would add up. Absent, it is full. Other stores come to the
 * same numbers to the last bit, by the same operations in the same order.
 */
export interface Bucket {
  readonly at: number
  readonly missingMs: number
}

/** How many tokens a bucket holds. */
export function tokensOf(rate: RateLimit, bucket: Bucket | undefined, now: number): number {
  // So that arithmetic that comes to a hair below a token does not withhold it, nor to one below none.
  return Math.max(0, Math.floor(rate.burst - missingNow(rate, bucket, now) / msPerToken(rate) + 1e-9))
}

/** In how many milliseconds it has a token; 0 if it has one. */
export function tokenInMs(rate: RateLimit, bucket: Bucket | undefined, now: number): number {
  return Math.max(0, missingNow(rate, bucket, now) - (rate.burst - 1) * msPerToken(rate))
}

/** The bucket when so many tokens are taken now. */
export function takeTokens(rate: RateLimit, bucket: Bucket | undefined, now: number, count: number): Bucket {
  return { at: now, missingMs: missingNow(rate, bucket, now) + count * msPerToken(rate) }
}

/**
 * The bucket after a look: what is missing of more than it can hold under this rate, as under one of before, is forgotten;
 * else it is left as it is.
 */
export function cutToSize(rate: RateLimit, bucket: Bucket | undefined, now: number): Bucket | undefined {
  if (bucket === undefined || missingOf(bucket, now) <= rate.burst * msPerToken(rate)) return bucket
  return takeTokens(rate, bucket, now, 0)
}

/** Whether it is as good as none. */
export function isFull(bucket: Bucket | undefined, now: number): boolean {
  return bucket === undefined || missingOf(bucket, now) <= 0
}

function missingNow(rate: RateLimit, bucket: Bucket | undefined, now: number): number {
  const missingMs = bucket === undefined ? 0 : missingOf(bucket, now)
  return Math.min(Math.max(0, missingMs), rate.burst * msPerToken(rate))
}

function missingOf({ at, missingMs }: Bucket, now: number): number {
  return missingMs - (now - at)
}

function msPerToken({ limit, perMs }: RateLimit): number {
  return perMs / limit
}
