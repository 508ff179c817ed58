import type { Store } from '@goscheds/core'
import type { Host } from './host.js'

/** The store as long as the host lives: the rest of a turn in which it crashed must not be heard of any more. */
export function whileAlive(host: Host, store: Store): Store {
  const methods = new Map<string | symbol, unknown>()
  return new Proxy(store, {
    get(target, key): unknown {
      const known = methods.get(key)
      if (known !== undefined) return known
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      const method = (...input: unknown[]): unknown =>
        host.isAlive ? Reflect.apply(value, target, input) : new Promise<never>(() => {})
      methods.set(key, method)
      return method
    },
  })
}
