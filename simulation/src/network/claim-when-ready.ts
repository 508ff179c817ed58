import type { Store, StoreInput, StoreOutput } from '@goscheds/core'

/** The same store, but that a wait which is to claim does so when it is over, as Redis does it. */
export function claimingWhenReady(store: Store, now: () => number): Store {
  async function waitForReady({ claim, ...input }: StoreInput<'waitForReady'>): StoreOutput<'waitForReady'> {
    const since = now()
    await store.waitForReady(input)
    const { name, worker, signal } = input
    if (claim === undefined || signal.aborted) return
    const waitedMs = now() - since
    return { ...(await store.claim({ name, worker, ...claim })), waitedMs }
  }
  return new Proxy(store, {
    get(target, key): unknown {
      if (key === 'waitForReady') return waitForReady
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
