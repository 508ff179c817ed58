/** Ticks to look at: an interruption can hide one, hardly all of them. */
const TICKS = 20

/**
 * Wall time in milliseconds with fractions. `Date.now()` knows whole milliseconds only, so its offset from the monotonic
 * clock is taken where it ticks, which takes 20 ms; a clock is good for the seconds of one run, before the two drift apart.
 */
export function fineWallClock(): () => number {
  let offset = -Infinity
  for (let ticks = 0; ticks < TICKS; ticks++) {
    const before = Date.now()
    let tick = before
    while (tick === before) tick = Date.now()
    // A tick that is seen late makes the offset too small, so the greatest is the best.
    offset = Math.max(offset, tick - performance.now())
  }
  return () => offset + performance.now()
}
