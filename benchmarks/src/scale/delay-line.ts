import { Alarm, now } from './alarm.js'

/** What is due so soon, in milliseconds, is done when the alarm rings, as setting it again would take longer. */
const EARLY_MS = 0.05

/** Does what it is given in the order given, each a fixed time later. */
export class DelayLine {
  readonly #delayMs: number
  readonly #alarm = new Alarm(() => this.#ring())
  #waiting: { readonly at: number; readonly run: () => void }[] = []

  /** `delayMs`: milliseconds, fractions too. With 0 everything is done at once. */
  constructor(delayMs: number) {
    this.#delayMs = delayMs
  }

  add(run: () => void): void {
    if (this.#delayMs === 0) {
      run()
      return
    }
    const at = now() + this.#delayMs
    this.#waiting.push({ at, run })
    if (this.#waiting.length === 1) this.#alarm.set(at)
  }

  async close(): Promise<void> {
    this.#waiting = []
    await this.#alarm.close()
  }

  #ring(): void {
    const time = now() + EARLY_MS
    const first = this.#waiting.findIndex(({ at }) => at > time)
    const due = this.#waiting.splice(0, first === -1 ? this.#waiting.length : first)
    for (const { run } of due) run()
    const [next] = this.#waiting
    if (next !== undefined) this.#alarm.set(next.at)
  }
}
