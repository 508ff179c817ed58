import type { Runtime } from '@goscheds/core'

/** Who waits for a job of a name to become ready. Each job that does wakes one waiter, the longest waiting. */
export class ReadyWaiters {
  readonly #wakers = new Map<string, Set<() => void>>()
  readonly #clock: Runtime

  constructor(clock: Runtime) {
    this.#clock = clock
  }

  wait(name: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wakers = this.#wakers.get(name) ?? new Set()
      this.#wakers.set(name, wakers)
      const wake = (): void => {
        wakers.delete(wake)
        if (wakers.size === 0 && this.#wakers.get(name) === wakers) this.#wakers.delete(name)
        cancelTimer()
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const cancelTimer = this.#clock.setTimer(timeoutMs, wake)
      signal.addEventListener('abort', wake)
      wakers.add(wake)
    })
  }

  /** → whether there was one */
  wakeOne(name: string): boolean {
    for (const wake of this.#wakers.get(name) ?? []) {
      wake()
      return true
    }
    return false
  }

  wakeAllOf(name: string): void {
    for (const wake of [...(this.#wakers.get(name) ?? [])]) wake()
  }

  wakeAll(): void {
    for (const wakers of [...this.#wakers.values()]) for (const wake of [...wakers]) wake()
  }
}
