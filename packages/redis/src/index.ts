export type { RedisClient, RedisClusterClient, RedisClusterNode } from './redis-client.js'
export { RedisStore } from './redis-store.js'
export type { RedisClusterConnection, RedisConnection, RedisStoreOptions } from './redis-store-options.js'
