import type { ClaimResult, HeldReason } from '../contract/outcomes.js'
import type { Runtime } from '../runtime/runtime.js'
import { sleep } from '../service/sleep.js'

/** So often a lane looks again that waits for no time: hints get lost, and of a slot that another worker frees there is none. */
const LOOK_MS = 1_000

/** The longest that a lane sleeps when it knows for how long its name is held, for when the hint of a change is lost. */
const LONGEST_MS = 5_000

/** Lanes that wait for the same token, which one of them gets, spread their looks: up to so much, doubled with each one missed. */
const FIRST_SPREAD_MS = 10

/** What a claim said that was held. */
export interface HeldClaim {
  readonly held: HeldReason
  readonly heldForMs: ClaimResult['heldForMs']
  readonly broughtNone: boolean
}

/**
 * The wait of a lane whose name must not be claimed: on a timer, and on what may change it. It sees what happens from the
 * moment a claim is sent, which may be before its answer comes.
 */
export class HeldWait {
  readonly #runtime: Runtime
  #changed = new AbortController()
  #hasFreedSlot = false
  #waitsForSlot = false
  /** Looks in a row that found the bucket without a token. */
  #missed = 0

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** A claim is about to be sent: what has happened until now, it will see. */
  claiming(): void {
    if (this.#changed.signal.aborted) this.#changed = new AbortController()
    this.#hasFreedSlot = false
    this.#waitsForSlot = false
  }

  /** What governs the claims of the name has changed. */
  controlChanged(): void {
    this.#changed.abort()
  }

  /** A job of this very worker has been settled: at its concurrency, the name has room for another. */
  slotFreed(): void {
    this.#hasFreedSlot = true
    if (this.#waitsForSlot) this.#changed.abort()
  }

  /** Resolves when it is time to claim again, or when the signal aborts. */
  async wait(claim: HeldClaim, signal: AbortSignal): Promise<void> {
    this.#missed = claim.held === 'rate' && claim.broughtNone ? this.#missed + 1 : 0
    if (claim.held === 'concurrency') {
      if (this.#hasFreedSlot) return
      this.#waitsForSlot = true
    }
    await sleep(this.#runtime, this.#pauseMs(claim), signal, this.#changed.signal)
  }

  #pauseMs({ heldForMs }: HeldClaim): number {
    // A tenth shorter or longer, so that lanes which were woken together do not go on in step.
    if (heldForMs === undefined) return LOOK_MS * (0.9 + this.#runtime.random() / 5)
    // One that came a little early has missed nothing: a second look finds its token.
    const spreadMs = this.#missed < 2 ? 0 : Math.min(LOOK_MS, FIRST_SPREAD_MS * 2 ** (this.#missed - 1))
    return Math.min(LONGEST_MS, wholeMs(heldForMs) + spreadMs * this.#runtime.random())
  }
}

/** What a timer can wait for, and not shorter than asked: whole milliseconds, at least one. */
export function wholeMs(ms: number): number {
  return Math.max(1, Math.ceil(ms))
}
