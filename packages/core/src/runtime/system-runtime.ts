import { randomInt } from 'node:crypto'
import { idSource, STARTS } from './job-id.js'
import type { CancelTimer, Runtime } from './runtime.js'

const MAX_TIMER_MS = 2 ** 31 - 1
let makeId: ((epochMs: number) => string) | undefined

/** Where a source of ids begins, of the system's randomness. */
export function randomStart(): number {
  return randomInt(STARTS)
}

/** The real clock, timers and randomness of this process: the default runtime. */
export const systemRuntime: Runtime = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs: number, fire: () => void): CancelTimer {
    if (delayMs < 1) return fireWithin(delayMs, fire)
    const timer = setTimeout(fire, Math.min(delayMs, MAX_TIMER_MS))
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
  newId() {
    // Only now, so that processes begun from one snapshot of this module do not begin alike.
    makeId ??= idSource(randomStart())
    return makeId(Date.now())
  },
}

/**
 * Timers of Node.js are of whole milliseconds, at least one, and a job that is due in half of one would be as much late. What is
 * nearer than that is waited for by turns of the event loop, which keep it from sleeping and nobody from its turn.
 */
function fireWithin(delayMs: number, fire: () => void): CancelTimer {
  const at = performance.now() + delayMs
  const look = (): void => {
    if (performance.now() >= at) fire()
    else soon = setImmediate(look)
  }
  let soon = setImmediate(look)
  return () => clearImmediate(soon)
}
