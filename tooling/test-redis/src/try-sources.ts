import type { TestRedisKind } from './test-redis.js'

/** One way to come by something. */
export interface Source<T> {
  readonly kind: TestRedisKind
  /** The thing; or, as a string, the reason why this way is closed on this machine, and then the next one is tried. */
  readonly attempt: () => Promise<T | { readonly unavailable: string }>
  /** The user asked for this source by name: an error of it is the answer, and no other source is tried. */
  readonly final?: boolean
}

/**
 * Takes the first source that delivers, in order. A source that is there but breaks counts as closed, so that a stale
 * binary does not hide a working engine further down.
 *
 * @throws Error that lists why each source failed and what to do about it.
 */
export async function trySources<T extends object>(sources: readonly Source<T>[]): Promise<T> {
  const reasons: string[] = []
  for (const source of sources) {
    try {
      const result = await source.attempt()
      if (!('unavailable' in result)) return result
      reasons.push(`${source.kind}: ${result.unavailable}`)
    } catch (error) {
      if (source.final === true) throw error
      reasons.push(`${source.kind}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new Error(
    `No Redis server for the tests. Do one of these: put redis-server (6.2 or newer) or valkey-server on the PATH; ` +
      `start a Docker engine; or set GOSCHEDS_TEST_REDIS_URL to a server that the tests may write to.\n` +
      `What was tried:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`,
  )
}
