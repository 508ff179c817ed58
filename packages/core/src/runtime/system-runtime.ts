import { randomFillSync } from 'node:crypto'
import { timeOrderedId } from './job-id.js'
import type { CancelTimer, Runtime } from './runtime.js'

const MAX_TIMER_MS = 2 ** 31 - 1
const pool = new Uint8Array(4096)
let poolUsed = pool.length

/** A byte of the system's randomness. */
export function randomByte(): number {
  if (poolUsed === pool.length) {
    randomFillSync(pool)
    poolUsed = 0
  }
  return pool[poolUsed++] ?? 0
}

/** The real clock, timers and randomness of this process: the default runtime. */
export const systemRuntime: Runtime = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs: number, fire: () => void): CancelTimer {
    if (delayMs <= 0) {
      const soon = setImmediate(fire)
      return () => clearImmediate(soon)
    }
    const timer = setTimeout(fire, Math.min(delayMs, MAX_TIMER_MS))
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
  newId: () => timeOrderedId(Date.now(), randomByte),
}
