import type { Store } from '../contract/store.js'
import { GoschedsError } from '../errors.js'
import { toFailure } from '../job/failure.js'
import type { Runtime } from '../runtime/runtime.js'
import { sleep } from './sleep.js'

/** One call of the store, and how to judge it. */
export interface StoreCallOptions<Value> {
  /** A time-out shorter than the usual one. */
  readonly timeoutMs?: number
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
  #isOpen = false
  #lastSuccessAt: number | null = null
  #lastSuccessMonotonic: number | null = null
  #connected = false
  /** Calls that timed out, with the monotonic time until which their answers may be worth waiting for. */
  readonly #overdue = new Map<Promise<void>, number>()

  constructor(store: Store, runtime: Runtime, timeoutMs: number) {
    this.#store = store
    this.#runtime = runtime
    this.#timeoutMs = timeoutMs
  }

  /** Wall time of the last call that succeeded; `null` before the first. */
  get lastSuccessAt(): number | null {
    return this.#lastSuccessAt
  }

  /** Whether the last call that ended was answered in time, be it by a refusal; false before the first. */
  get connected(): boolean {
    return this.#connected
  }

  /** For how many milliseconds no call has succeeded; 0 before the first. */
  get silentForMs(): number {
    return this.#lastSuccessMonotonic === null ? 0 : this.#runtime.monotonic() - this.#lastSuccessMonotonic
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
    const timeoutMs = Math.min(this.#timeoutMs, options.timeoutMs ?? Infinity) + (options.waitsMs ?? 0)
    return new Promise<Value>((resolve, reject) => {
      let timedOut = false
      const cancelTimer = this.#runtime.setTimer(timeoutMs, () => {
        timedOut = true
        this.#connected = false
        // Opening that hangs would hold up every later call as well.
        if (!this.#isOpen) this.#opened = undefined
        if (options.onLate !== undefined) this.#track(ended)
        const message = `store.${method}() gave no answer within ${timeoutMs} ms; it may still take effect`
        reject(new GoschedsError('STORE_TIMEOUT', message))
      })
      const ended = this.#open()
        .then(() => {
          if (timedOut) throw new GoschedsError('STORE_TIMEOUT', `store.open() took longer than ${timeoutMs} ms`)
          return run(this.#store)
        })
        .then(
          (value) => {
            cancelTimer()
            if (timedOut) return options.onLate?.(value)
            this.#connected = true
            this.#lastSuccessAt = this.#runtime.now()
            this.#lastSuccessMonotonic = this.#runtime.monotonic()
            resolve(value)
          },
          (error: unknown) => {
            cancelTimer()
            // Whoever called has had its answer, and later calls may have shown more since.
            if (timedOut) return
            const coded = asStoreError(method, error)
            this.#connected = !isStoreFault(coded)
            reject(coded)
          },
        )
    })
  }

  /**
   * Waits until the calls that timed out, and may yet bring something to give back, have ended after all; for each at
   * the most the time of one call since its time-out: one that hung long ago will not be answered any more.
   */
  async overdueEnd(): Promise<void> {
    this.#forgetHung()
    if (this.#overdue.size === 0) return
    const leftMs = Math.max(...this.#overdue.values()) - this.#runtime.monotonic()
    const ended = new AbortController()
    void Promise.all(this.#overdue.keys()).then(() => ended.abort())
    await sleep(this.#runtime, leftMs, ended.signal)
  }

  #track(call: Promise<void>): void {
    this.#forgetHung()
    this.#overdue.set(call, this.#runtime.monotonic() + this.#timeoutMs)
    void call.finally(() => this.#overdue.delete(call))
  }

  #forgetHung(): void {
    const now = this.#runtime.monotonic()
    for (const [call, until] of this.#overdue) if (until <= now) this.#overdue.delete(call)
  }

  #open(): Promise<void> {
    this.#opened ??= this.#openStore()
    return this.#opened
  }

  async #openStore(): Promise<void> {
    try {
      await this.#store.open()
      this.#isOpen = true
      // Another opening, begun when this one seemed to hang, may hang in its turn.
      this.#opened = Promise.resolve()
    } catch (error) {
      if (!this.#isOpen) this.#opened = undefined
      throw error
    }
  }
}

function asStoreError(method: string, error: unknown): GoschedsError {
  if (error instanceof GoschedsError) return error
  return new GoschedsError('STORE_FAILED', `store.${method}() failed: ${toFailure(error).message}`, { cause: error })
}

/** Whether the store could not be reached or did not answer, so that a later call may go well. */
export function isStoreFault(error: unknown): boolean {
  return error instanceof GoschedsError && (error.code === 'STORE_FAILED' || error.code === 'STORE_TIMEOUT')
}
