import { containerSource } from './container-source.js'
import { debianSource } from './debian-source.js'
import { pathSource } from './path-source.js'
import { type RedisProcess, type RedisProcessOptions, startRedisProcess } from './redis-process.js'
import type { RedisBinary, TestRedis } from './test-redis.js'
import { type Source, trySources } from './try-sources.js'
import { urlSource } from './url-source.js'

type Env = Readonly<Record<string, string | undefined>>

/**
 * A Redis server, from the first source that has one: `GOSCHEDS_TEST_REDIS_URL`; a server program on the PATH; a Docker
 * container; the packages of Debian or Ubuntu in a cache folder. It may be shared with others, so use a namespace of
 * your own and never flush it.
 *
 * @throws Error that says what to do, when no source has one.
 */
export async function startTestRedis(env: Env = process.env): Promise<TestRedis> {
  return await trySources([
    urlSource(env['GOSCHEDS_TEST_REDIS_URL']),
    started(pathSource(env)),
    containerSource(env),
    started(debianSource(env)),
  ])
}

/**
 * A server of our own, as a child process that a test may kill, freeze, configure and start again: on the same `port`,
 * and with `dir` and `args: ['--appendonly', 'yes']` on the same data. Never the one of `GOSCHEDS_TEST_REDIS_URL` and
 * never a container, as neither can be treated so.
 *
 * @throws Error that says what to do, when there is no server program.
 */
export async function startOwnTestRedis(
  options: RedisProcessOptions = {},
  env: Env = process.env,
): Promise<RedisProcess> {
  return await startRedisProcess(await findRedisBinary(env), options)
}

/** The server program that `startOwnTestRedis` runs: from the PATH, or else from the packages of Debian or Ubuntu. */
export async function findRedisBinary(env: Env = process.env): Promise<RedisBinary> {
  return await trySources([pathSource(env), debianSource(env)])
}

function started(source: Source<RedisBinary>): Source<TestRedis> {
  return {
    kind: source.kind,
    async attempt() {
      const binary = await source.attempt()
      return 'unavailable' in binary ? binary : await startRedisProcess(binary)
    },
  }
}
