import type { RateLimit } from '@goscheds/core'

/*
 * A bucket is one number: when it will be full again; at or before now, or absent, it is full. Other stores come to the same
 * numbers to the last bit, by the same operations in the same order.
 */

/** How many tokens a bucket holds. */
export function tokensOf({ limit, perMs, burst }: RateLimit, fullAt: number | undefined, now: number): number {
  const msPerToken = perMs / limit
  // So that arithmetic that comes to a hair below a token does not withhold it, nor to one below none.
  return Math.max(0, Math.floor(burst + (now - baseOf(fullAt, burst, msPerToken, now)) / msPerToken + 1e-9))
}

/** In how many milliseconds it has a token; 0 if it has one. */
export function tokenInMs({ limit, perMs, burst }: RateLimit, fullAt: number | undefined, now: number): number {
  const msPerToken = perMs / limit
  return Math.max(0, baseOf(fullAt, burst, msPerToken, now) - now - (burst - 1) * msPerToken)
}

/** When it is full again, so many tokens being taken now. */
export function fullAfter(
  { limit, perMs, burst }: RateLimit,
  fullAt: number | undefined,
  now: number,
  taken: number,
): number {
  const msPerToken = perMs / limit
  return baseOf(fullAt, burst, msPerToken, now) + taken * msPerToken
}

/** From where tokens are counted: no more are missing than it holds, also under a limit that was changed. */
function baseOf(fullAt: number | undefined, burst: number, msPerToken: number, now: number): number {
  return Math.min(Math.max(fullAt ?? now, now), now + burst * msPerToken)
}
