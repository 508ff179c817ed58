import type { StoreHint } from '../contract/store.js'
import type { Runtime } from '../runtime/runtime.js'
import { Loop } from './loop.js'
import type { StoreCalls } from './store-calls.js'

/** Keeps a subscription to a store's hints, and tries again until it has one. */
export class HintSubscription {
  readonly #loop: Loop
  readonly #calls: StoreCalls
  #unsubscribe: (() => Promise<void>) | undefined

  constructor(options: {
    readonly runtime: Runtime
    readonly calls: StoreCalls
    readonly onHint: (hint: StoreHint) => void
    readonly onError: (error: unknown) => void
  }) {
    const { runtime, calls, onHint, onError } = options
    this.#calls = calls
    const onLate = (unsubscribe: () => Promise<void>): void =>
      void calls.call('unsubscribe', unsubscribe).catch(onError)
    this.#loop = new Loop({
      runtime,
      onError,
      step: async () => {
        this.#unsubscribe ??= await calls.call('subscribe', (store) => store.subscribe(onHint), { onLate })
        // A job may have been scheduled between the last look and now, and its hint was for nobody.
        onHint({ type: 'due' })
        return Infinity
      },
    })
  }

  start(): void {
    this.#loop.start()
  }

  async stop(): Promise<void> {
    await this.#loop.stop()
    const unsubscribe = this.#unsubscribe
    this.#unsubscribe = undefined
    if (unsubscribe !== undefined) await this.#calls.call('unsubscribe', unsubscribe)
  }
}
