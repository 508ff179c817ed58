export type { RedisProcess, RedisProcessOptions } from './redis-process.js'
export { findRedisBinary, startOwnTestRedis, startTestRedis } from './start-test-redis.js'
export type { RedisBinary, TestRedis, TestRedisKind } from './test-redis.js'
