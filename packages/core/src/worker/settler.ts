import type { SettleEntry, Settlement, SettleOutcome } from '../contract/outcomes.js'
import type { Runtime } from '../runtime/runtime.js'
import { Batcher, type Waiter } from '../service/batcher.js'
import { retryPauseMs } from '../service/loop.js'
import { sleep } from '../service/sleep.js'
import type { StoreCalls } from '../service/store-calls.js'

const MAX_BATCH = 1_000
const MAX_BATCH_CHARACTERS = 8 * 1024 * 1024

/** Options of a {@link Settler}. */
export interface SettlerOptions {
  readonly runtime: Runtime
  readonly calls: StoreCalls
  readonly leaseMs: number
  readonly onError: (error: unknown) => void
}

/**
 * Settles in batches and repeats a call that failed, for up to two lease lengths: a store that is away
 * for a moment must not make a finished job run again. After that its lease has long run out, and the
 * reaper puts the job back.
 */
export class Settler {
  readonly #options: SettlerOptions
  readonly #batcher: Batcher<SettleEntry, SettleOutcome>
  readonly #givingUp = new AbortController()

  constructor(options: SettlerOptions) {
    this.#options = options
    this.#batcher = new Batcher({
      send: (entries) => this.#send(entries),
      maxItems: MAX_BATCH,
      maxWeight: MAX_BATCH_CHARACTERS,
      weigh: ({ settlement }) => textOf(settlement)?.length ?? 0,
    })
  }

  /** Claims that have ended and are not settled yet. */
  get pending(): number {
    return this.#batcher.pending
  }

  settle(entry: SettleEntry): Promise<SettleOutcome> {
    return this.#batcher.add(entry)
  }

  /** As {@link settle}, with a waiter in place of a promise. */
  post(entry: SettleEntry, waiter: Waiter<SettleOutcome>): void {
    this.#batcher.post(entry, waiter)
  }

  /** Resolves when all that was to settle has been settled or given up; `patienceMs` bounds the repeating. */
  async flush(patienceMs: number): Promise<void> {
    const cancelTimer = this.#options.runtime.setTimer(patienceMs, () => this.#givingUp.abort())
    await this.#batcher.idle()
    cancelTimer()
  }

  async #send(entries: readonly SettleEntry[]): Promise<readonly SettleOutcome[]> {
    const { runtime, calls, leaseMs, onError } = this.#options
    const since = runtime.monotonic()
    for (let failures = 0; ; failures++) {
      try {
        return await calls.call('settle', (store) => store.settle({ entries }))
      } catch (error) {
        if (this.#givingUp.signal.aborted || runtime.monotonic() - since >= 2 * leaseMs) throw error
        onError(error)
        await sleep(runtime, retryPauseMs(failures, runtime), this.#givingUp.signal)
      }
    }
  }
}

function textOf(settlement: Settlement): string | undefined {
  if (settlement.type === 'completed') return settlement.result
  return 'error' in settlement ? settlement.error : undefined
}
