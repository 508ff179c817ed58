import { dockerAnswers } from './docker-engine.js'
import type { TestRedis } from './test-redis.js'
import type { Source } from './try-sources.js'

const IMAGE = 'redis:7-alpine'
const PORT = 6379

/** A container, where a Docker engine answers. */
export function containerSource(env: Readonly<Record<string, string | undefined>>): Source<TestRedis> {
  return {
    kind: 'container',
    async attempt() {
      if (!(await dockerAnswers(env))) return { unavailable: 'no Docker engine answers' }
      // Loaded only here: it is large, and most runs do not need it.
      const { GenericContainer, Wait } = await import('testcontainers')
      const container = await new GenericContainer(IMAGE)
        .withExposedPorts(PORT)
        .withCommand(['redis-server', '--save', '', '--appendonly', 'no'])
        .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
        .start()
      let stopped: Promise<unknown> | undefined
      return {
        url: `redis://${container.getHost()}:${String(container.getMappedPort(PORT))}`,
        kind: 'container',
        stop: async () => {
          await (stopped ??= container.stop())
        },
      }
    },
  }
}
