import type { AuditKind } from '@goscheds/core'
import clear from './lua/testing/clear.lua'
import manualNow from './lua/testing/now.lua'
import { compileScripts, joinScript, type ReplacedLua } from './lua-source.js'
import { Connections } from './connections.js'
import { keysOf, namespacePrefix } from './keys.js'
import { type PlantDamage, plantings } from './plant-damage.js'
import { RedisStore } from './redis-store.js'
import type { RedisConnection } from './redis-store-options.js'

const START_MS = Date.UTC(2024, 0, 1)

/** Redis stores on one namespace whose clock stands still, for tests. */
export interface ManualRedisStore {
  readonly store: RedisStore
  /** Another handle on the same jobs, as another process would have; the caller closes it. */
  readonly connect: () => Promise<RedisStore>
  /** Moves the clock forward, for all handles. */
  readonly advance: (ms: number) => Promise<void>
  /** The clock, in milliseconds since the Unix epoch. */
  readonly now: () => Promise<number>
  /** Makes the record of a job unreadable. */
  readonly damage: (id: string) => Promise<void>
  /** Puts damage of a kind into what is stored, by way of a job; the audit is to find it. */
  readonly plant: Readonly<Record<AuditKind, PlantDamage>>
  /** Closes the store and removes all keys of the namespace. */
  readonly close: () => Promise<void>
}

/**
 * Opens a store whose time is a key in Redis in place of the server's clock. All else is as in production: the
 * scripts differ in one file.
 */
export async function openManualRedisStore({
  replaced,
  ...options
}: {
  readonly connection: RedisConnection
  readonly namespace: string
  /** To see what a fault in a script does, and which test notices it. */
  readonly replaced?: ReplacedLua
}): Promise<ManualRedisStore> {
  const scripts = compileScripts({ now: manualNow, ...replaced })
  const keys = keysOf(namespacePrefix(options.namespace))
  const connections = new Connections(options.connection)
  const { main } = connections
  await main.call('setnx', [keys.clock, START_MS])
  const store = new RedisStore(options, scripts)
  return {
    store,
    connect: async () => new RedisStore(options, scripts),
    advance: async (ms) => void (await main.call('incrbyfloat', [keys.clock, ms])),
    now: async () => Number(await main.call('get', [keys.clock])),
    damage: async (id) => void (await main.call('hset', [keys.jobs, id, 'damaged'])),
    plant: plantings(store, keys, (command, args) => main.call(command, args)),
    async close() {
      await store.close()
      await main.call('eval', [joinScript(clear), 1, keys.jobs])
      await connections.close()
    },
  }
}
