/**
 * What the store needs of an `ioredis` client. The classes of ioredis 5 and 6 both have this shape, so a client
 * of either can be passed in.
 */
export interface RedisClient {
  readonly status: string
  /** Its socket, so that several commands can leave in one write. */
  readonly stream?: { cork(): void; uncork(): void } | undefined
  call(command: string, args: (string | number)[]): Promise<unknown>
  connect(): Promise<void>
  disconnect(): void
  duplicate(override?: Readonly<Record<string, unknown>>): RedisClient
  on(event: string, listener: (...args: unknown[]) => void): unknown
  off(event: string, listener: (...args: unknown[]) => void): unknown
}

/** One server of a cluster. */
export interface RedisClusterNode extends RedisClient {
  readonly options: { readonly host?: string | undefined; readonly port?: number | undefined }
}

/** The shape of an `ioredis` Cluster, of 5 or 6. */
export interface RedisClusterClient extends Pick<
  RedisClient,
  'status' | 'call' | 'connect' | 'disconnect' | 'on' | 'off'
> {
  readonly isCluster: boolean
  /** Which nodes serve each slot as `host:port`, the master first. */
  readonly slots: readonly (readonly string[])[]
  nodes(role: 'master'): RedisClusterNode[]
}

/** Whether this is a cluster of nodes rather than one server. */
export function isCluster(client: RedisClient | RedisClusterClient): client is RedisClusterClient {
  return 'isCluster' in client && client.isCluster
}
