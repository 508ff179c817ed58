import { Inspector } from '@goscheds/core'
import { startOwnTestRedis } from '@goscheds/test-redis'
import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5 } from 'ioredis-5'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RedisConnection } from '../src/index.js'
import { aJob, aStore, claimAll, completeAll, idsOf, ownNamespace, until, wait } from './store-rig.js'

/** A cluster of one node that serves all slots. */
async function oneNodeCluster(): Promise<{ readonly port: number; readonly client: Redis }> {
  const server = await startOwnTestRedis({ args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'] })
  const client = new Redis(server.url)
  onTestFinished(async () => {
    client.disconnect()
    await server.stop()
  })
  const slots = Array.from({ length: 16_384 }, (_, slot) => slot)
  await client.call('CLUSTER', ['ADDSLOTS', ...slots])
  await until('the cluster is up', async () => String(await client.call('CLUSTER', ['INFO'])).includes('state:ok'))
  return { port: server.port, client }
}

async function expectItWorks(connection: RedisConnection): Promise<void> {
  const store = aStore({ connection, namespace: ownNamespace() })
  const hints: string[] = []
  await store.subscribe(({ type }) => void hints.push(type))
  const [first, second] = [aJob(), aJob({ delayMs: 60_000 })]
  const waiting = wait(store)
  await store.enqueue({ jobs: [first, second] })
  await waiting.returned
  await until('the hint has come', async () => hints.includes('due'))
  const idle = wait(store, 'worker-a', 'other')
  await store.counts({})
  idle.abort()
  await idle.returned
  const claimed = await claimAll(store)
  expect(idsOf(claimed)).toEqual([first.id])
  expect(await completeAll(store, claimed)).toBe(1)
  expect(await store.counts({})).toMatchObject([{ name: 'email', scheduled: 1, ready: 0, active: 0 }])
  expect(await new Inspector({ store }).verify()).toMatchObject({ findings: [], complete: true })
}

describe('on a Redis Cluster', () => {
  it('the store works, given the nodes', async () => {
    const { port } = await oneNodeCluster()
    await expectItWorks({ nodes: [{ host: '127.0.0.1', port }] })
  })

  it('the store works with a key prefix', async () => {
    const { port } = await oneNodeCluster()
    await expectItWorks({ nodes: [{ host: '127.0.0.1', port }], options: { keyPrefix: 'app:' } })
  })

  it('the store works with a user’s cluster client of ioredis 5 and 6, which stay open', async () => {
    const { port } = await oneNodeCluster()
    const nodes = [{ host: '127.0.0.1', port }]
    const clusters = [new Cluster5(nodes), new Cluster(nodes, { lazyConnect: true })]
    onTestFinished(() => clusters.forEach((cluster) => cluster.disconnect()))
    for (const cluster of clusters) {
      await expectItWorks(cluster)
      expect(await cluster.get('anything')).toBeNull()
    }
  })

  it('all keys of a namespace are in one slot', async () => {
    const { port, client } = await oneNodeCluster()
    await expectItWorks({ nodes: [{ host: '127.0.0.1', port }] })
    const keys = await client.keys('*')
    const slots = await Promise.all(keys.map((key) => client.call('CLUSTER', ['KEYSLOT', key])))
    expect(keys.length).toBeGreaterThan(5)
    expect(new Set(slots).size).toBe(1)
  })
})
