import type { Store } from '@goscheds/core'
import type { Host } from './host.js'

/** The store as long as the host lives: the rest of a turn in which it crashed must not be heard of any more. */
export function whileAlive(host: Host, store: Store): Store {
  return new Proxy(store, {
    get(target, key): unknown {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      return (...input: unknown[]): unknown =>
        host.isAlive ? Reflect.apply(value, target, input) : new Promise<never>(() => {})
    },
  })
}
