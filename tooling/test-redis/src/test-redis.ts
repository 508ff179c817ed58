/** Where a test server came from, in the order in which the sources are tried. */
export type TestRedisKind = 'url' | 'path' | 'container' | 'debian'

/** A real Redis (or Valkey) server for tests and benchmarks. */
export interface TestRedis {
  /** What `RedisStore` takes as its `connection`. */
  readonly url: string
  readonly kind: TestRedisKind
  /** The server's process, when it is a child of this one. */
  readonly pid?: number
  /** Ends the server and removes its files. Does nothing to a server that was there before; may be called twice. */
  stop(): Promise<void>
}

/** A program that starts a server. */
export interface RedisBinary {
  readonly path: string
  /** What its environment needs beyond that of this process, such as where its libraries are. */
  readonly env: Readonly<Record<string, string>>
  readonly kind: TestRedisKind
}
