import { RedisStore } from '@goscheds/redis'

/** The store that both processes work on: the Redis of the first argument, and the same namespace in it. */
export function connect(): RedisStore {
  const connection = process.argv[2] ?? 'redis://localhost:6379'
  return new RedisStore({ connection, namespace: process.env['NAMESPACE'] ?? 'resumable-import' })
}
