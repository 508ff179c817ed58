import { Redis, type RedisOptions } from 'ioredis'
import { Redis as Redis5, type RedisOptions as Redis5Options } from 'ioredis-5'
import { startOwnTestRedis } from '@goscheds/test-redis'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { RedisStore, type RedisStoreOptions } from '../src/index.js'
import { aJob, aStore, claimAll, completeAll, idsOf, ownNamespace, wait } from './store-rig.js'

/** Pushes to a waiting worker, hears a hint, claims, completes: every connection of the store is used. */
async function expectItWorks(options: Omit<RedisStoreOptions, 'namespace'>): Promise<string> {
  const namespace = ownNamespace()
  const store = aStore({ ...options, namespace })
  const heard = new Promise((resolve) => void store.subscribe(resolve).catch(resolve))
  const waiting = wait(store)
  const [now, later] = [aJob(), aJob({ delayMs: 3_600_000 })]
  await store.enqueue({ jobs: [now] })
  await waiting.returned
  // The subscription may take hold after the first push.
  await store.subscribe(() => {})
  await store.enqueue({ jobs: [later] })
  expect(await heard).toEqual({ type: 'due' })
  const claimed = await claimAll(store)
  expect(idsOf(claimed)).toEqual([now.id])
  expect(await completeAll(store, claimed)).toBe(1)
  await store.remove({ ids: [later.id] })
  expect(await store.counts({})).toEqual([])
  return namespace
}

function aClient(client: Redis | Redis5): Redis | Redis5 {
  onTestFinished(() => client.disconnect())
  return client
}

const ioredis = {
  '5': (options: Redis5Options = {}) => new Redis5(inject('redisUrl'), options),
  '6': (options: Redis5Options = {}) =>
    new Redis(inject('redisUrl'), options as RedisOptions & { replyMapping: 'legacy' }),
}

describe('a connection to Redis', () => {
  it('may be given as a URL', async () => {
    await expectItWorks({ connection: inject('redisUrl') })
  })

  it('may be given as ioredis options', async () => {
    const { hostname, port } = new URL(inject('redisUrl'))
    await expectItWorks({ connection: { host: hostname, port: Number(port) } })
  })

  it('may have a key prefix, which every key and channel gets', async () => {
    const { hostname, port } = new URL(inject('redisUrl'))
    const prefix = `${ownNamespace()}:`
    const namespace = await expectItWorks({ connection: { host: hostname, port: Number(port), keyPrefix: prefix } })
    const client = aClient(new Redis(inject('redisUrl')))
    expect(await client.exists(`${prefix}{${namespace}}:generation`)).toBe(1)
    expect(await client.keys(`{${namespace}}*`)).toEqual([])
  })

  it('may have a password and a database number', async () => {
    const server = await startOwnTestRedis({ args: ['--requirepass', 'secret'] })
    onTestFinished(() => server.stop())
    const namespace = await expectItWorks({ connection: `redis://:secret@127.0.0.1:${server.port}/3` })
    const inThree = aClient(new Redis(server.port, { password: 'secret', db: 3 }))
    const inZero = aClient(new Redis(server.port, { password: 'secret' }))
    expect(await inThree.exists(`{${namespace}}:generation`)).toBe(1)
    expect(await inZero.dbsize()).toBe(0)
  })

  it.each(['5', '6'] as const)('may be a client of ioredis %s, which stays open', async (version) => {
    const client = aClient(ioredis[version]())
    const listeners = (): number => client.eventNames().reduce((sum, name) => sum + client.listenerCount(name), 0)
    await client.ping()
    const before = listeners()
    await expectItWorks({ connection: client })
    const store = new RedisStore({ connection: client, namespace: ownNamespace() })
    await store.open()
    await store.close()
    expect(await client.ping()).toBe('PONG')
    expect(listeners()).toBe(before)
  })

  it.each(['5', '6'] as const)(
    'may be a client of ioredis %s with options that would cut a wait short',
    async (version) => {
      const hostile = {
        lazyConnect: true,
        enableAutoPipelining: true,
        enableOfflineQueue: false,
        enableReadyCheck: false,
        maxRetriesPerRequest: 0,
        commandTimeout: 200,
        keyPrefix: 'app:',
        stringNumbers: true,
        autoResendUnfulfilledCommands: false,
      }
      const client = aClient(ioredis[version](hostile))
      await expectItWorks({ connection: client })
      const store = aStore({ connection: client, namespace: ownNamespace() })
      const began = performance.now()
      await wait(store, 'worker-a', 'email', 500).returned
      expect(performance.now() - began).toBeGreaterThan(450)
    },
  )

  it('is used by two namespaces as if each were alone', async () => {
    const connection = inject('redisUrl')
    const [ours, theirs] = [
      aStore({ connection, namespace: ownNamespace() }),
      aStore({ connection, namespace: ownNamespace() }),
    ]
    const job = aJob()
    expect(await ours.enqueue({ jobs: [job] })).toEqual([{ status: 'added', id: job.id }])
    expect(await theirs.enqueue({ jobs: [job] })).toEqual([{ status: 'added', id: job.id }])
    expect(await ours.remove({ ids: [job.id] })).toEqual([{ status: 'removed', state: 'ready' }])
    expect(idsOf(await claimAll(theirs))).toEqual([job.id])
    expect(await claimAll(ours)).toEqual([])
  })

  it('is not taken with a namespace that would break a key', () => {
    for (const namespace of ['', 'a{b', 'a}b', 'a\nb', 'x'.repeat(129)]) {
      expect(() => new RedisStore({ connection: inject('redisUrl'), namespace })).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error,
      )
    }
  })

  it('is not taken when it is no connection', () => {
    expect(() => new RedisStore({ connection: 6379 as never })).toThrow(/connection must be/)
  })
})
