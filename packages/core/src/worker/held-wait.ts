import type { ClaimResult, HeldReason } from '../contract/outcomes.js'
import type { Runtime } from '../runtime/runtime.js'
import { sleep } from '../service/sleep.js'

/** So often a lane looks again that waits for no time: hints get lost, and of a slot that another worker frees there is none. */
const LOOK_MS = 1_000

/** The longest that a lane sleeps when it knows for how long its name is held, for when the hint of a change is lost. */
const LONGEST_MS = 5_000

/** How far lanes spread their looks that want the same slot or token, which one of them gets: doubled with each look in vain. */
const FIRST_SPREAD_MS = 20

/** So many looks in vain are not spread: an early timer, or the hint of something else, is no sign of a crowd. */
const UNSPREAD_LOOKS = 2

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
  /** There while it is a slot that is waited for. */
  #freed: AbortController | undefined
  /** Looks in a row, at the time of a token of the name or of a group, that found it gone. */
  #missedTokens = 0
  /** When the group that is next to have a token has one, as far as this lane was told. */
  #tokenOfGroupAt = Infinity
  /** Looks in a row, each because of a hint, that brought nothing. */
  #vainHints = 0

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** A claim is about to be sent: what has happened until now, it will see. */
  claiming(): void {
    if (this.#changed.signal.aborted) this.#changed = new AbortController()
    this.#hasFreedSlot = false
    this.#freed = undefined
  }

  /** What governs the claims of the name has changed. */
  controlChanged(): void {
    this.#changed.abort()
  }

  /** A job of this very worker has been settled: at its concurrency, the name has room for another. */
  slotFreed(): void {
    this.#hasFreedSlot = true
    this.#freed?.abort()
  }

  /** Resolves when it is time to claim again, or when the signal aborts. */
  async wait(claim: HeldClaim, signal: AbortSignal): Promise<void> {
    const { held, heldForMs, broughtNone } = claim
    // For one that is far off it only looks whether that is still so.
    const isTokenMissed = held === 'rate' && broughtNone && (heldForMs ?? 0) < LONGEST_MS
    this.#missedTokens = isTokenMissed ? this.#missedTokens + 1 : 0
    if (!broughtNone) this.#vainHints = 0
    if (held === 'concurrency' && this.#hasFreedSlot) return
    this.#freed = held === 'concurrency' ? new AbortController() : undefined
    const ends = this.#freed === undefined ? [signal] : [signal, this.#freed.signal]
    const changed = this.#changed.signal
    await sleep(this.#runtime, this.#pauseMs(claim), changed, ...ends)
    // The hint of a slot comes to all lanes of the name, however many; after a while without one, the next is heeded at once.
    if (changed.aborted) await sleep(this.#runtime, this.#spreadMs(this.#vainHints++), ...ends)
    else this.#vainHints = 0
  }

  /** For how long to wait in the store where it is groups that wait for tokens. A look that was not for one counts as none. */
  groupsPauseMs(heldForMs: number, broughtNone: boolean): number {
    const now = this.#runtime.monotonic()
    if (!broughtNone) this.#missedTokens = 0
    else if (now >= this.#tokenOfGroupAt) this.#missedTokens++
    this.#tokenOfGroupAt = now + heldForMs
    return heldForMs + this.#spreadMs(this.#missedTokens - 1)
  }

  #pauseMs({ heldForMs }: HeldClaim): number {
    // A tenth shorter or longer, so that lanes which were woken together do not go on in step.
    if (heldForMs === undefined) return LOOK_MS * (0.9 + this.#runtime.random() / 5)
    return Math.min(LONGEST_MS, wholeMs(heldForMs) + this.#spreadMs(this.#missedTokens - 1))
  }

  #spreadMs(inVain: number): number {
    if (inVain < UNSPREAD_LOOKS) return 0
    return this.#runtime.random() * Math.min(LOOK_MS, FIRST_SPREAD_MS * 2 ** (inVain - UNSPREAD_LOOKS))
  }
}

/** What a timer can wait for, and not shorter than asked: whole milliseconds, at least one. */
export function wholeMs(ms: number): number {
  return Math.max(1, Math.ceil(ms))
}
