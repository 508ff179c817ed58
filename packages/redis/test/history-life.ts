import { type Runtime, type Store, systemRuntime } from '@goscheds/core'

/** The life of one process among others in this one: it can freeze and thaw, and come to a sudden end. */
export class Life {
  /** Its timers do not fire any more once it has ended. */
  readonly runtime: Runtime = {
    ...systemRuntime,
    setTimer: (delayMs, fire) => systemRuntime.setTimer(delayMs, () => !this.#hasEnded && fire()),
  }
  #hasEnded = false
  #thawed: Promise<void> = Promise.resolve()
  #thaw = (): void => {}

  /** From here on it calls nothing and hears nothing, until it thaws. */
  freeze(): void {
    this.#thawed = new Promise((resolve) => (this.#thaw = resolve))
  }

  thaw(): void {
    this.#thaw()
  }

  /** From here on it does nothing any more, without having said so to anybody. */
  end(): void {
    this.#hasEnded = true
  }

  /** Goes on as the promise does, as long as it lives and not while it is frozen. */
  async goOn<T>(promise: Promise<T>): Promise<T> {
    await promise.catch(() => {})
    await this.#thawed
    if (this.#hasEnded) await new Promise<never>(() => {})
    return promise
  }

  /** The store as long as it lives. */
  around(store: Store): Store {
    return new Proxy(store, {
      get: (target, key): unknown => {
        const value: unknown = Reflect.get(target, key)
        if (typeof value !== 'function') return value
        return async (input: unknown): Promise<unknown> => {
          await this.goOn(Promise.resolve())
          return this.goOn(Reflect.apply(value, target, [input]) as Promise<unknown>)
        }
      },
    })
  }
}
