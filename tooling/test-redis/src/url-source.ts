import { connect } from 'node:net'
import type { TestRedis } from './test-redis.js'
import type { Source } from './try-sources.js'

const CONNECT_TIMEOUT_MS = 5_000

/** The server that the environment variable names. One that does not answer is an error, not a reason to go on. */
export function urlSource(url: string | undefined): Source<TestRedis> {
  return {
    kind: 'url',
    final: true,
    async attempt() {
      if (url === undefined || url === '') return { unavailable: 'GOSCHEDS_TEST_REDIS_URL is not set' }
      await reach(url)
      return { url, kind: 'url', stop: () => Promise.resolve() }
    },
  }
}

async function reach(url: string): Promise<void> {
  const { hostname, port } = new URL(url)
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) })
    const fail = (reason: string): void => {
      socket.destroy()
      reject(new Error(`GOSCHEDS_TEST_REDIS_URL names ${hostname}:${port || '6379'}, which does not answer: ${reason}`))
    }
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => {
      fail(`no connection within ${String(CONNECT_TIMEOUT_MS)} ms`)
    })
    socket.once('error', (error) => {
      fail(error.message)
    })
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
  })
}
