/** Cancels a timer. Calling it again, or after the timer has fired, does nothing. */
export type CancelTimer = () => void

/**
 * Where core takes time, timers, randomness and ids from. Everything in core goes through one injected
 * runtime (a lint rule forbids the globals), so that a test can drive time by hand and a simulation can
 * replay a run from a seed. Hosts' clocks never decide when a job is due: the store's clock does.
 */
export interface Runtime {
  /** Wall time in whole milliseconds since the Unix epoch; for labels and user-visible instants only. */
  now(): number
  /** Milliseconds of a clock that never goes back; for measuring spans. */
  monotonic(): number
  /**
   * Calls `fire` once, `delayMs` from now (0 or less: soon, never synchronously). Timers keep the process
   * alive. Delays above 2³¹ − 1 ms are cut to it.
   */
  setTimer(delayMs: number, fire: () => void): CancelTimer
  /** A random number from 0 (included) to 1 (excluded). */
  random(): number
  /** A new unique id: time-ordered, at most 22 characters, letters and digits only. */
  newId(): string
}
