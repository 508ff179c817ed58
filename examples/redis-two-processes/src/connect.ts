import { RedisStore } from '@goscheds/redis'

/** The store that both programs work on: the same Redis, and the same namespace in it. */
export function connect(): RedisStore {
  return new RedisStore({
    connection: process.argv[2] ?? process.env['REDIS_URL'] ?? 'redis://localhost:6379',
    namespace: process.env['NAMESPACE'] ?? 'two-processes',
  })
}
