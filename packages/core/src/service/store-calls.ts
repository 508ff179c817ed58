import type { Store } from '../contract/store.js'
import { GoschedsError } from '../errors.js'
import type { Runtime } from '../runtime/runtime.js'

/** One call of the store, and how to judge it. */
export interface StoreCallOptions<Value> {
  /** Added to the time-out: how long the call itself is asked to wait. */
  readonly waitsMs?: number
  /** Given the value of a call that answered after its time-out, so that what it took can be given back. */
  readonly onLate?: (value: Value) => void
}

/**
 * The way from core to a store: opens it before the first call, gives every call a time-out, and turns
 * what a driver throws into coded errors.
 */
export class StoreCalls {
  readonly #store: Store
  readonly #runtime: Runtime
  readonly #timeoutMs: number
  #opened: Promise<void> | undefined
  #lastSuccessAt: number | null = null

  constructor(store: Store, runtime: Runtime, timeoutMs: number) {
    this.#store = store
    this.#runtime = runtime
    this.#timeoutMs = timeoutMs
  }

  /** Wall time of the last call that succeeded; `null` before the first. */
  get lastSuccessAt(): number | null {
    return this.#lastSuccessAt
  }

  /**
   * Rejects with `STORE_TIMEOUT` when there is no answer in time (the call may still take effect) and with
   * `STORE_FAILED` when the store rejects; the driver's error is the `cause`.
   */
  async call<Value>(
    method: string,
    run: (store: Store) => Promise<Value>,
    options: StoreCallOptions<Value> = {},
  ): Promise<Value> {
    const timeoutMs = this.#timeoutMs + (options.waitsMs ?? 0)
    return new Promise<Value>((resolve, reject) => {
      let timedOut = false
      const cancelTimer = this.#runtime.setTimer(timeoutMs, () => {
        timedOut = true
        const message = `store.${method}() gave no answer within ${timeoutMs} ms; it may still take effect`
        reject(new GoschedsError('STORE_TIMEOUT', message))
      })
      this.#open()
        .then(() => run(this.#store))
        .then(
          (value) => {
            cancelTimer()
            if (timedOut) return options.onLate?.(value)
            this.#lastSuccessAt = this.#runtime.now()
            resolve(value)
          },
          (error: unknown) => {
            cancelTimer()
            reject(asStoreError(method, error))
          },
        )
    })
  }

  #open(): Promise<void> {
    this.#opened ??= this.#store.open().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }
}

function asStoreError(method: string, error: unknown): GoschedsError {
  if (error instanceof GoschedsError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new GoschedsError('STORE_FAILED', `store.${method}() failed: ${reason}`, { cause: error })
}
