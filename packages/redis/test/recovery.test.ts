import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startOwnTestRedis } from '@goscheds/test-redis'
import { Redis } from 'ioredis'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { RedisStore } from '../src/index.js'
import { aJob, aStore, claimAll, completeAll, idsOf, manyJobs, ownNamespace, until, wait } from './store-rig.js'

function admin(url: string): Redis {
  const client = new Redis(url)
  onTestFinished(() => client.disconnect())
  return client
}

/** The ids of the connections that are blocked in a BLMOVE, or listen, or neither. */
async function connections(client: Redis, which: 'waiting' | 'listening' | 'main'): Promise<string[]> {
  const own = String(await client.client('ID'))
  const lines = String(await client.client('LIST'))
    .trim()
    .split('\n')
  return lines
    .filter((line) => {
      const kind = / sub=0 /.test(line) ? (/ flags=b /.test(line) ? 'waiting' : 'main') : 'listening'
      return kind === which
    })
    .map((line) => /^id=(\d+)/.exec(line)?.[1] ?? '')
    .filter((id) => id !== own)
}

async function ownServer(): Promise<{ readonly url: string; readonly client: Redis }> {
  const server = await startOwnTestRedis()
  onTestFinished(() => server.stop())
  return { url: server.url, client: admin(server.url) }
}

describe('the Redis store recovers', () => {
  it('from SCRIPT FLUSH', async () => {
    const { url, client } = await ownServer()
    const store = aStore({ connection: url, namespace: ownNamespace() })
    const jobs = manyJobs(3)
    const waiting = wait(store)
    await until('the wait is on', async () => (await connections(client, 'waiting')).length === 1)
    await client.script('FLUSH')
    await store.enqueue({ jobs })
    await waiting.returned
    await client.script('FLUSH')
    const claimed = await claimAll(store)
    expect(idsOf(claimed)).toEqual(idsOf(jobs))
    await client.script('FLUSH')
    expect(await completeAll(store, claimed)).toBe(3)
  })

  it('when the connection that a worker waits on is killed', async () => {
    const { url, client } = await ownServer()
    const store = aStore({ connection: url, namespace: ownNamespace() })
    const waiting = wait(store)
    await until('the wait is on', async () => (await connections(client, 'waiting')).length === 1)
    for (const id of await connections(client, 'waiting')) await client.client('KILL', 'ID', id)
    await waiting.returned
    const job = aJob()
    const again = wait(store)
    await until('the wait is on again', async () => (await connections(client, 'waiting')).length === 1)
    await store.enqueue({ jobs: [job] })
    await again.returned
    expect(idsOf(await claimAll(store))).toEqual([job.id])
  })

  it('when the connection that listens to hints is killed, and looks for what it missed', async () => {
    const { url, client } = await ownServer()
    const store = aStore({ connection: url, namespace: ownNamespace() })
    const hints: string[] = []
    await store.subscribe(({ type }) => void hints.push(type))
    const [listening = ''] = await connections(client, 'listening')
    await client.client('KILL', 'ID', listening)
    await until('it tells to look again', async () => hints.length === 1)
    expect(hints).toEqual(['due'])
    expect(await connections(client, 'listening')).not.toContain(listening)
    await store.enqueue({ jobs: [aJob({ delayMs: 60_000 })] })
    await until('it hears again', async () => hints.length === 2)
  })

  it('when its main connection is killed in the middle of pushes, without losing or doubling one (G1, G15)', async () => {
    const { url, client } = await ownServer()
    const store = aStore({ connection: url, namespace: ownNamespace() })
    await store.open()
    const [main = ''] = await connections(client, 'main')
    const jobs = manyJobs(200)
    const pushes = jobs.map((job) => store.enqueue({ jobs: [job] }))
    await client.client('KILL', 'ID', main)
    await Promise.all(pushes)
    expect(idsOf(await claimAll(store)).sort()).toEqual(idsOf(jobs).sort())
  })

  it('when the server is restarted with the data that it has saved (G1)', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'goscheds-restart-'))
    const args = ['--appendonly', 'yes', '--appendfsync', 'always']
    const first = await startOwnTestRedis({ dir, args })
    onTestFinished(() => rm(dir, { recursive: true, force: true }))
    const store = aStore({ connection: first.url, namespace: ownNamespace() })
    const [leased, ready] = [aJob(), aJob()]
    await store.enqueue({ jobs: [leased] })
    const claimed = await claimAll(store)
    await store.enqueue({ jobs: [ready, aJob({ delayMs: 3_600_000 })] })
    const waiting = wait(store, 'worker-b', 'other')
    await first.stop()
    await waiting.returned
    const pushed = aJob()
    const pushing = store.enqueue({ jobs: [pushed] })
    const second = await startOwnTestRedis({ dir, args, port: first.port })
    onTestFinished(() => second.stop())
    expect(await pushing).toEqual([{ status: 'added', id: pushed.id }])
    expect(await completeAll(store, claimed)).toBe(1)
    expect(idsOf(await claimAll(store))).toEqual([ready.id, pushed.id])
    expect(await store.counts({ names: ['email'] })).toMatchObject([{ scheduled: 1, active: 2, ready: 0 }])
  })

  it('when Redis is away at the start and comes later', { timeout: 20_000 }, async () => {
    const probe = await startOwnTestRedis()
    const { port } = probe
    await probe.stop()
    const store = aStore({ connection: `redis://127.0.0.1:${port}`, namespace: ownNamespace() })
    await expect(store.open()).rejects.toThrow(/Redis cannot be reached.*ECONNREFUSED/)
    await expect(store.enqueue({ jobs: [aJob()] })).rejects.toMatchObject({ code: 'STORE_FAILED' })
    const server = await startOwnTestRedis({ port })
    onTestFinished(() => server.stop())
    const job = aJob()
    await store.enqueue({ jobs: [job] })
    expect(idsOf(await claimAll(store))).toEqual([job.id])
  })

  it('not at all from a wrong password, and says so', { timeout: 20_000 }, async () => {
    const server = await startOwnTestRedis({ args: ['--requirepass', 'secret'] })
    onTestFinished(() => server.stop())
    const store = aStore({ connection: `redis://:wrong@127.0.0.1:${server.port}`, namespace: ownNamespace() })
    await expect(store.open()).rejects.toThrow(/WRONGPASS/)
  })

  it('by rejecting the calls under way when it is closed while Redis is away', async () => {
    const probe = await startOwnTestRedis()
    await probe.stop()
    const store = new RedisStore({ connection: probe.url, namespace: ownNamespace() })
    const push = store.enqueue({ jobs: [aJob()] })
    const waiting = wait(store)
    await Promise.all([
      expect(push).rejects.toMatchObject({ code: 'STORE_FAILED' }),
      expect(waiting.returned).resolves.toBeUndefined(),
      store.close(),
    ])
    await expect(store.counts({})).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  it('a claim that a client makes on a shared server after another has flushed the scripts', async () => {
    const connection = inject('redisUrl')
    const namespace = ownNamespace()
    const [one, other] = [aStore({ connection, namespace }), aStore({ connection, namespace })]
    const jobs = manyJobs(2)
    await one.enqueue({ jobs })
    await admin(connection).script('FLUSH')
    const claims = await Promise.all([claimAll(one, 'worker-a'), claimAll(other, 'worker-b')])
    expect(idsOf(claims.flat()).sort()).toEqual(idsOf(jobs).sort())
  })
})
