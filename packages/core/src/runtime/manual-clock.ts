import { GoschedsError, InvalidArgumentError } from '../errors.js'
import { checkInstant, checkNumber } from '../job/checks.js'
import { idSource, STARTS } from './job-id.js'
import type { CancelTimer, Runtime } from './runtime.js'
import { randomStart } from './system-runtime.js'

interface Timer {
  readonly at: number
  readonly order: number
  readonly fire: () => void
}

/** Turns of the event loop left to the user's own `setImmediate` chains before and after time moves. */
const QUIET_TURNS = 4
const MAX_TURNS = 1_000_000
const DEFAULT_START_MS = Date.parse('2024-01-01T00:00:00Z')

/** Options of a {@link ManualClock}. */
export interface ManualClockOptions {
  /** Where it starts. Default: 2024-01-01T00:00:00Z. */
  readonly startAt?: Date | undefined
  /**
   * Seed of `random()`, default 1, and of the ids, so that a run can be repeated: a whole number below 2³². Without
   * one, ids are random, so that two clocks on one store never make the same.
   */
  readonly seed?: number | undefined
}

/**
 * A runtime whose time stands still until a test moves it. Give the same one to the memory store, the
 * Scheduler and the Worker, and a job that is due tomorrow runs on `await clock.advance(86_400_000)`.
 */
export class ManualClock implements Runtime {
  #nowMs: number
  #randomState: number
  readonly #makeId: (epochMs: number) => string
  #order = 0
  #isAdvancing = false
  readonly #startMs: number
  readonly #timers = new Set<Timer>()
  readonly #soon = new Set<NodeJS.Immediate>()

  constructor(options: ManualClockOptions = {}) {
    const { startAt, seed } = options
    this.#startMs = startAt === undefined ? DEFAULT_START_MS : checkInstant('startAt', startAt)
    this.#nowMs = this.#startMs
    this.#randomState = checkNumber('seed', seed ?? 1, { min: 0, max: 2 ** 32 - 1 })
    this.#makeId = idSource(seed === undefined ? randomStart() : Math.floor(this.random() * STARTS))
  }

  now(): number {
    return Math.floor(this.#nowMs)
  }

  monotonic(): number {
    return this.#nowMs - this.#startMs
  }

  setTimer(delayMs: number, fire: () => void): CancelTimer {
    if (delayMs <= 0) return this.#fireSoon(fire)
    // As Node.js has it: whole milliseconds, at least one. So instants stay whole, as those of a system clock are.
    const timer: Timer = { at: this.#nowMs + Math.max(1, Math.trunc(delayMs)), order: this.#order++, fire }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  #fireSoon(fire: () => void): CancelTimer {
    const soon = setImmediate(() => {
      this.#soon.delete(soon)
      fire()
    })
    this.#soon.add(soon)
    return () => {
      this.#soon.delete(soon)
      clearImmediate(soon)
    }
  }

  /** Mulberry32: small, seeded, good enough to spread jitter; not for secrets. */
  random(): number {
    this.#randomState = (this.#randomState + 0x6d2b79f5) >>> 0
    let t = this.#randomState
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  newId(): string {
    return this.#makeId(this.#nowMs)
  }

  /** How many timers wait. A test that has stopped everything can assert that it is 0. */
  get pendingTimers(): number {
    return this.#timers.size + this.#soon.size
  }

  /**
   * Moves time forward by `ms`, firing each timer at its moment, in order, and letting what it started
   * settle before the next. Resolves when everything that needs no further time, and no I/O, is done.
   * @throws `INVALID_ARGUMENT` unless `ms` is 0 or more; `INVALID_STATE` while another advance is under way
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Infinity)) throw new InvalidArgumentError(`time goes forward by 0 ms or more, got ${ms}`)
    if (this.#isAdvancing)
      throw new GoschedsError('INVALID_STATE', 'the clock is being advanced already: await that first')
    this.#isAdvancing = true
    try {
      await this.#advanceTo(this.#nowMs + ms)
    } finally {
      this.#isAdvancing = false
    }
  }

  async #advanceTo(target: number): Promise<void> {
    await this.#settle(QUIET_TURNS)
    for (let next = this.#nextBy(target); next !== undefined; next = this.#nextBy(target)) {
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.at)
      next.fire()
      await this.#settle(1)
    }
    this.#nowMs = target
    await this.#settle(QUIET_TURNS)
  }

  #nextBy(target: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at > target) continue
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) {
        first = timer
      }
    }
    return first
  }

  /** Runs promise chains to their ends (one turn does), and whatever asked to run soon, until all is quiet. */
  async #settle(turns: number): Promise<void> {
    for (let turn = 0; turn < turns || this.#soon.size > 0; turn++) {
      if (turn === MAX_TURNS)
        throw new GoschedsError('INVALID_STATE', 'something runs again and again without any time passing')
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }
}
