import { startOwnTestRedis } from '@goscheds/test-redis'
import { Redis } from 'ioredis'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { aJob, aStore, ownNamespace } from './store-rig.js'

/** A client that answers as a server of another version would. */
class RedisOfVersion extends Redis {
  version = ''

  override async call(command: string, ...args: unknown[]): Promise<unknown> {
    const reply = await super.call(command, ...(args as [string[]]))
    return command === 'info' ? String(reply).replace(/^redis_version:.*$/m, `redis_version:${this.version}`) : reply
  }
}

function aLog(): { readonly warnings: string[]; warn(message: string): void } {
  const warnings: string[] = []
  return { warnings, warn: (message) => void warnings.push(message) }
}

function clientOf(version: string): RedisOfVersion {
  const client = new RedisOfVersion(inject('redisUrl'))
  client.version = version
  onTestFinished(() => client.disconnect())
  return client
}

describe('open', () => {
  it.each(['5.0.14', '6.0.20'])('refuses Redis %s and names what is needed', async (version) => {
    const store = aStore({ connection: clientOf(version), namespace: ownNamespace() })
    await expect(store.open()).rejects.toMatchObject({
      code: 'STORE_UNSUITABLE',
      message: `Redis ${version} is too old: the store needs Redis 6.2 or newer`,
    })
    await expect(store.enqueue({ jobs: [aJob()] })).rejects.toMatchObject({ code: 'STORE_UNSUITABLE' })
  })

  it.each(['6.2.0', '7.4.1', '10.0.0'])('takes Redis %s', async (version) => {
    const logger = aLog()
    await aStore({ connection: clientOf(version), namespace: ownNamespace(), logger }).open()
    expect(logger.warnings).toEqual([])
  })

  it('can be called again and concurrently, and again after it failed', async () => {
    const client = clientOf('5.0.14')
    const logger = aLog()
    const store = aStore({ connection: client, namespace: ownNamespace(), logger })
    await expect(store.open()).rejects.toThrow()
    client.version = '7.0.0'
    await Promise.all([store.open(), store.open()])
    await store.open()
  })

  it('warns of an eviction policy that drops jobs, naming the setting', async () => {
    const server = await startOwnTestRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] })
    onTestFinished(() => server.stop())
    const logger = aLog()
    await aStore({ connection: server.url, namespace: ownNamespace(), logger }).open()
    expect(logger.warnings).toEqual([expect.stringMatching(/maxmemory-policy is allkeys-lru; set it to noeviction/)])
  })

  it('warns and goes on where INFO is forbidden', async () => {
    const server = await startOwnTestRedis()
    const root = new Redis(server.url)
    onTestFinished(async () => {
      root.disconnect()
      await server.stop()
    })
    await root.call('ACL', ['SETUSER', 'shop', 'on', '>pw', '~*', '&*', '+@all', '-info'])
    const logger = aLog()
    const connection = { port: server.port, username: 'shop', password: 'pw', enableReadyCheck: false }
    const store = aStore({ connection, namespace: ownNamespace(), logger })
    await store.open()
    expect(logger.warnings).toEqual([expect.stringMatching(/does not allow INFO/)])
    expect(await store.enqueue({ jobs: [aJob({ id: 'a' })] })).toEqual([{ status: 'added', id: 'a' }])
  })
})
