import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { findRedisBinary, startOwnTestRedis, startTestRedis } from '../src/index.js'

// On a machine without a server this downloads one, which no test's own time-out allows for.
beforeAll(async () => {
  await findRedisBinary()
}, 300_000)

async function ping(url: string): Promise<string> {
  const client = new Redis(url, { retryStrategy: () => null })
  // The promise of the command carries the error.
  client.on('error', () => undefined)
  try {
    return await client.ping()
  } finally {
    client.disconnect()
  }
}

test('a server of the machine answers until it is stopped', async () => {
  const redis = await startTestRedis({ ...process.env, GOSCHEDS_TEST_REDIS_URL: '' })
  expect(await ping(redis.url)).toBe('PONG')
  await redis.stop()
  await redis.stop()
  await expect(ping(redis.url)).rejects.toThrow()
})

test('the server that the URL names is used and not stopped', async () => {
  const own = await startOwnTestRedis()
  onTestFinished(() => own.stop())
  const redis = await startTestRedis({ ...process.env, GOSCHEDS_TEST_REDIS_URL: own.url })
  expect(redis).toMatchObject({ url: own.url, kind: 'url' })
  await redis.stop()
  expect(await ping(own.url)).toBe('PONG')
})

test('a server of our own is never the one of the URL', async () => {
  const own = await startOwnTestRedis({}, { ...process.env, GOSCHEDS_TEST_REDIS_URL: 'redis://127.0.0.1:1' })
  onTestFinished(() => own.stop())
  expect(own.url).not.toBe('redis://127.0.0.1:1')
})

test('a frozen server can be stopped', async () => {
  const own = await startOwnTestRedis()
  process.kill(own.pid, 'SIGSTOP')
  await own.stop()
  await expect(ping(own.url)).rejects.toThrow()
})

test('a killed server starts again on its port with its data', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'goscheds-redis-test-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const options = { dir, args: ['--appendonly', 'yes', '--appendfsync', 'always'] }
  const first = await startOwnTestRedis(options)
  const client = new Redis(first.url)
  await client.set('kept', 'yes')
  client.disconnect()
  process.kill(first.pid, 'SIGKILL')
  await first.stop()

  const second = await startOwnTestRedis({ ...options, port: first.port })
  onTestFinished(() => second.stop())
  const again = new Redis(second.url)
  onTestFinished(() => {
    again.disconnect()
  })
  expect(await again.get('kept')).toBe('yes')
})

test('a server that cannot start says why', async () => {
  const own = await startOwnTestRedis()
  onTestFinished(() => own.stop())
  await expect(startOwnTestRedis({ port: own.port })).rejects.toThrow('Address already in use')
  await expect(startOwnTestRedis({ args: ['--no-such-setting', '1'] })).rejects.toThrow('no-such-setting')
})
