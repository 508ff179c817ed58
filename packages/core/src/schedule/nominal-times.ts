import type { EpochMs } from '../contract/job.js'
import { type Cron, parseCron } from './cron.js'
import type { Timing } from './timing.js'

/** No date is later, less the longest jitter. */
const LAST_DATE = 8.64e15 - 86_400_000

/** How far the times of a cron expression are counted one by one. */
const MAX_COUNTED = 10_000

/** A rule is read at each of its fires, and parsing is what costs most of that. */
const MAX_PARSED = 1_000
const parsed = new Map<string, Cron>()

/** The times that a timing names, `startAt` and `endAt` included. Every question takes a bounded number of steps. */
export class NominalTimes {
  readonly #next: (after: EpochMs) => EpochMs | null
  readonly #timing: Timing

  /** @throws InvalidArgumentError with the position of the fault in a cron expression, or naming the zone */
  constructor(timing: Timing) {
    this.#timing = timing
    const { cron, timeZone = 'UTC', everyMs = 1, phaseMs = 0 } = timing
    if (cron === undefined) {
      this.#next = (after) => phaseMs + (Math.floor((after - phaseMs) / everyMs) + 1) * everyMs
    } else {
      const ofCron = parsedCron(cron, timeZone)
      this.#next = (after) => ofCron.next(after)
    }
  }

  /** The first one strictly after an instant. */
  after(instant: EpochMs): EpochMs | null {
    const { startAt = -Infinity, endAt = LAST_DATE } = this.#timing
    const next = this.#next(Math.max(instant, startAt - 1))
    return next === null || next > endAt ? null : next
  }

  /** The first ones strictly after an instant, and up to `until`. */
  firstAfter(instant: EpochMs, count: number, until = Infinity): EpochMs[] {
    const times: EpochMs[] = []
    let at = instant
    while (times.length < count) {
      const next = this.after(at)
      if (next === null || next > until) break
      times.push(next)
      at = next
    }
    return times
  }

  /** The last one from `from`, which is one, up to `until`. */
  last(from: EpochMs, until: EpochMs): EpochMs {
    // Halving: the last one is the greatest instant at which the next one has come by `until` before it, and not after.
    let [before, at] = [from, Math.max(from, until) + 1]
    if (!this.#comesBy(from, until)) return from
    while (at - before > 1) {
      const middle = before + Math.floor((at - before) / 2)
      if (this.#comesBy(middle, until)) before = middle
      else at = middle
    }
    return at
  }

  /**
   * How many there are from `from`, which is one, to before `to`. Those of a cron expression are counted as far as {@link MAX_COUNTED}: the answer
   * is never greater.
   */
  count(from: EpochMs, to: EpochMs): number {
    if (from >= to) return 0
    const { everyMs } = this.#timing
    if (everyMs !== undefined) return Math.ceil((to - from) / everyMs)
    let count = 1
    for (let at = this.after(from); at !== null && at < to && count < MAX_COUNTED; at = this.after(at)) count++
    return count
  }

  #comesBy(after: EpochMs, until: EpochMs): boolean {
    const next = this.after(after)
    return next !== null && next <= until
  }
}

function parsedCron(expression: string, timeZone: string): Cron {
  const key = JSON.stringify([expression, timeZone])
  let cron = parsed.get(key)
  if (cron === undefined) {
    cron = parseCron(expression, timeZone)
    if (parsed.size >= MAX_PARSED) parsed.clear()
    parsed.set(key, cron)
  }
  return cron
}
