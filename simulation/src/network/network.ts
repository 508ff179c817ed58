import type { SeededRandom } from '../clock/seeded-random.js'
import type { VirtualClock } from '../clock/virtual-clock.js'
import { type CallFault, type FaultCounts, type FaultKind, type FaultProfile, noFaults } from './faults.js'

/** What the network does to one call. */
export interface Passage {
  readonly requestMs: number
  readonly replyMs: number
  readonly fault: CallFault | undefined
  /** When a second copy of the request arrives, after the first. */
  readonly againMs: number | undefined
}

/** What lies between all hosts and the store: delays, and faults until {@link heal}. */
export class Network {
  readonly counts: FaultCounts = noFaults()
  readonly #clock: VirtualClock
  readonly #random: SeededRandom
  readonly #profile: FaultProfile
  #isHealed = false
  #outageUntil = -Infinity
  /** Messages that were sent before the network was healed and have not arrived. */
  #old = 0

  constructor(clock: VirtualClock, random: SeededRandom, profile: FaultProfile) {
    this.#clock = clock
    this.#random = random
    this.#profile = profile
  }

  /** Whether something that was sent before the faults ended has not arrived. */
  get isLateUnderWay(): boolean {
    return this.#old > 0
  }

  get isHealed(): boolean {
    return this.#isHealed
  }

  /** No new fault from here on. What is under way still arrives. */
  heal(): void {
    this.#isHealed = true
    this.#outageUntil = -Infinity
  }

  count(kind: FaultKind): void {
    this.counts[kind]++
  }

  /** Nobody reaches the store for so long. */
  breakFor(ms: number): void {
    this.#outageUntil = this.#clock.now + ms
  }

  /** Whether the store cannot be reached now. Counts each look that finds it so. */
  get isBroken(): boolean {
    if (this.#clock.now >= this.#outageUntil) return false
    this.count('outage')
    return true
  }

  /** Whether this hint gets lost. */
  dropsHint(): boolean {
    if (this.#isHealed || !this.#random.chance(this.#profile.dropHint)) return false
    this.count('dropped hint')
    return true
  }

  oneWayMs(): number {
    const { latencyMs } = this.#profile
    return latencyMs === 0 ? 0 : (latencyMs / 2) * this.#random.between(0.5, 1.5)
  }

  /** Takes something to the other side, where it arrives after so long. `isOld`: it comes of the time of the faults. */
  send(delayMs: number, arrive: () => void, isOld = !this.#isHealed): void {
    if (isOld) this.#old++
    this.#clock.schedule(delayMs, () => {
      if (isOld) this.#old--
      arrive()
    })
  }

  /** Draws what happens to one call. `allowed`: the faults that make sense for it. */
  draw(allowed: (fault: CallFault) => boolean): Passage {
    const random = this.#random
    const fault = this.#isHealed ? undefined : this.#drawFault(allowed)
    const requestMs = this.oneWayMs()
    const replyMs = this.oneWayMs()
    const passage = { requestMs, replyMs, fault, againMs: undefined }
    if (fault === 'slow request') return { ...passage, requestMs: requestMs + random.between(0, 4_000) }
    if (fault === 'slow reply') return { ...passage, replyMs: replyMs + random.between(0, 4_000) }
    if (fault === 'late effect') return { ...passage, requestMs: random.between(1_000, 45_000) }
    if (fault !== 'duplicate delivery') return passage
    return { ...passage, againMs: random.chance(0.5) ? random.between(0, 1_000) : random.between(0, 60_000) }
  }

  #drawFault(allowed: (fault: CallFault) => boolean): CallFault | undefined {
    let at = this.#random.next()
    for (const [kind, probability] of this.#profile.calls) {
      at -= probability
      if (at >= 0) continue
      if (!allowed(kind)) return undefined
      this.count(kind)
      return kind
    }
    return undefined
  }
}
