import type { ClusterNode, ClusterOptions, RedisOptions } from 'ioredis'
import type { RedisClient, RedisClusterClient } from './redis-client.js'

/**
 * Which Redis to use, and how:
 * - a URL: `redis://`, `rediss://` (TLS), with user, password and database number as usual;
 * - the options of an `ioredis` client (host and port, sentinels, tls, keyPrefix, …);
 * - `{ nodes, options }`, as `ioredis` takes them for a Redis Cluster;
 * - your own `ioredis` client or cluster, version 5 or 6: the store sends commands through it, makes duplicates of
 *   it to wait and to listen, and never closes it.
 */
export type RedisConnection = string | RedisOptions | RedisClusterConnection | RedisClient | RedisClusterClient

/** Where a Redis Cluster is, as `ioredis` takes it. */
export interface RedisClusterConnection {
  readonly nodes: readonly ClusterNode[]
  readonly options?: ClusterOptions
}

/** Options of a `RedisStore`. */
export interface RedisStoreOptions {
  readonly connection: RedisConnection
  /**
   * Isolates the jobs of this installation from others in the same database: 1 to 128 characters, no braces and
   * no control characters. Default `goscheds`.
   */
  readonly namespace?: string | undefined
  /**
   * How many connections this store opens at most for idle workers to wait on, one for each handler; it opens them
   * when they are needed. Handlers beyond it are woken by a published hint. Default 16.
   */
  readonly maxBlockingConnections?: number | undefined
  /** Where warnings about the server's settings go. Default: the console. */
  readonly logger?: { warn(message: string): void } | undefined
}
