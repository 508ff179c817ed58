const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const TIME_DIGITS = 8
const RANDOM_DIGITS = 14

/**
 * An id of 22 characters that sorts by the time of its making: 8 base-62 digits of epoch milliseconds
 * (enough until the year 8888), then 14 of randomness (83 bits, so two ids made in the same millisecond
 * collide with a chance of about 1 in 10²⁵).
 */
export function timeOrderedId(epochMs: number, randomByte: () => number): string {
  let time = ''
  for (let rest = Math.max(0, Math.floor(epochMs)); time.length < TIME_DIGITS; rest = Math.floor(rest / 62)) {
    time = ALPHABET.charAt(rest % 62) + time
  }
  let random = ''
  while (random.length < RANDOM_DIGITS) {
    const value = randomByte() & 63
    if (value < 62) random += ALPHABET.charAt(value)
  }
  return time + random
}
