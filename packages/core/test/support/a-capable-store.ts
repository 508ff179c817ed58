import type { Capabilities, Store } from '../../src/index.js'

/** The same store, with other things that it says it can do. */
export function withCapabilities(store: Store, capabilities: Partial<Capabilities>): Store {
  return new Proxy(store, {
    get: (target, key) =>
      key === 'capabilities'
        ? { ...target.capabilities, ...capabilities }
        : (Reflect.get(target, key, target) as unknown),
  })
}
