import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startOwnTestRedis } from '@goscheds/test-redis'
import { Redis } from 'ioredis'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { RedisStore } from '../src/index.js'
import { openManualRedisStore } from '../src/testing.js'
import { aJob, aStore, claimAll, idsOf, manyJobs, ownNamespace, until, wait } from './store-rig.js'

function admin(url: string): Redis {
  const client = new Redis(url)
  onTestFinished(() => client.disconnect())
  return client
}

async function blockedClients(client: Redis): Promise<number> {
  return Number(/^blocked_clients:(\d+)/m.exec(await client.info('clients'))?.[1])
}

async function channels(client: Redis): Promise<number> {
  return ((await client.pubsub('CHANNELS')) as string[]).length
}

async function ownServer(): Promise<{ readonly url: string; readonly client: Redis }> {
  const server = await startOwnTestRedis()
  onTestFinished(() => server.stop())
  return { url: server.url, client: admin(server.url) }
}

describe('waiting for a job', () => {
  it('ends within 100 ms when it is aborted, and loses no job that is pushed at that moment', async () => {
    const store = aStore({ connection: inject('redisUrl'), namespace: ownNamespace() })
    for (let turn = 0; turn < 50; turn++) {
      const waiting = wait(store)
      if (turn % 2 === 0) await store.counts({})
      const job = aJob()
      const pushed = store.enqueue({ jobs: [job] })
      const began = performance.now()
      waiting.abort()
      await waiting.returned
      expect(performance.now() - began).toBeLessThan(100)
      await pushed
      expect(idsOf(await claimAll(store))).toEqual([job.id])
    }
  })

  it('uses one connection again and again', async () => {
    const { url, client } = await ownServer()
    const store = aStore({ connection: url, namespace: ownNamespace() })
    for (let turn = 0; turn < 5; turn++) {
      const waiting = wait(store)
      await until('it waits', async () => (await blockedClients(client)) === 1)
      await store.enqueue({ jobs: [aJob()] })
      await waiting.returned
      await claimAll(store)
    }
    // The one that asks, the one for commands, and the one that waits.
    expect(
      String(await client.client('LIST'))
        .trim()
        .split('\n'),
    ).toHaveLength(3)
  })

  it('goes on beyond the bound of connections, woken by a hint', async () => {
    const { url, client } = await ownServer()
    const store = aStore({ connection: url, namespace: ownNamespace(), maxBlockingConnections: 2 })
    const names = ['a', 'b', 'c', 'd']
    const waits = names.map((name) => wait(store, 'worker-a', name))
    await until('two wait on the server', async () => (await blockedClients(client)) === 2)
    await until('two listen', async () => (await channels(client)) === 2)
    await store.enqueue({ jobs: names.map((name) => aJob({ name })) })
    await Promise.all(waits.map(({ returned }) => returned))
    for (const name of names) expect(await claimAll(store, 'worker-a', name)).toHaveLength(1)
    await until('nobody listens', async () => (await channels(client)) === 0)
  })

  it('beyond the bound returns at once when there is something, and at its time-out when there is not', async () => {
    const connection = inject('redisUrl')
    const store = aStore({ connection, namespace: ownNamespace(), maxBlockingConnections: 0 })
    await wait(store, 'worker-a', 'email', 50).returned
    await store.enqueue({ jobs: [aJob()] })
    await wait(store).returned
    const waiting = wait(store, 'worker-a', 'other')
    waiting.abort()
    await waiting.returned
  })

  it('ends at its time-out, though the server looks at those of its clients now and then only', async () => {
    const { url, client } = await ownServer()
    await client.config('SET', 'hz', '1')
    const store = aStore({ connection: url, namespace: ownNamespace() })
    await wait(store, 'worker-a', 'email', 1).returned
    for (let turn = 0; turn < 3; turn++) {
      const began = performance.now()
      await wait(store, 'worker-a', 'email', 100).returned
      expect(performance.now() - began).toBeLessThan(500)
    }
  })

  it('of a worker that froze with a job in its inbox ends with another worker getting the job', async () => {
    const connection = inject('redisUrl')
    const manual = await openManualRedisStore({ connection, namespace: ownNamespace() })
    onTestFinished(() => manual.close())
    const { store } = manual
    const waiting = wait(store, 'frozen', 'email', 1_000)
    const jobs = manyJobs(3)
    for (const job of jobs) await store.enqueue({ jobs: [job] })
    await waiting.returned
    // What it popped is out of reach while it may still come for it.
    expect((await store.reap({ limit: 10, maxRecoveries: 3 })).returned).toBe(0)
    await manual.advance(6_000)
    expect((await store.reap({ limit: 10, maxRecoveries: 3 })).returned).toBe(1)
    expect(idsOf(await claimAll(store, 'other'))).toEqual(idsOf(jobs))
  })

  it('finds what lands in an inbox after its worker has left', async () => {
    const connection = inject('redisUrl')
    const namespace = ownNamespace()
    const manual = await openManualRedisStore({ connection, namespace })
    onTestFinished(() => manual.close())
    const { store } = manual
    await wait(store, 'gone', 'email', 50).returned
    await store.leave({ worker: 'gone' })
    const job = aJob()
    await store.enqueue({ jobs: [job] })
    // As a BLMOVE would whose connection the server has not yet seen closing.
    await admin(connection).lmove(`{${namespace}}:email:ready`, `{${namespace}}:email:inbox:gone`, 'RIGHT', 'LEFT')
    await manual.advance(9 * 60_000)
    expect((await store.reap({ limit: 10, maxRecoveries: 3 })).returned).toBe(1)
    expect(idsOf(await claimAll(store, 'other'))).toEqual([job.id])
    await manual.advance(2 * 60_000)
    await store.reap({ limit: 10, maxRecoveries: 3 })
    expect(await admin(connection).exists(`{${namespace}}:inboxes`)).toBe(0)
  })

  it('ends soon when it is aborted while the server does not answer, and so does closing', async () => {
    const server = await startOwnTestRedis()
    onTestFinished(() => server.stop())
    const client = admin(server.url)
    const store = new RedisStore({ connection: server.url, namespace: ownNamespace() })
    const waiting = wait(store)
    await until('it waits', async () => (await blockedClients(client)) === 1)
    process.kill(server.pid, 'SIGSTOP')
    const push = store.enqueue({ jobs: [aJob()] })
    waiting.abort()
    const began = performance.now()
    await waiting.returned
    expect(performance.now() - began).toBeLessThan(2_000)
    await Promise.all([expect(push).rejects.toMatchObject({ code: 'STORE_FAILED' }), store.close()])
    expect(performance.now() - began).toBeLessThan(6_000)
  })

  it('returns when the store is closed, which leaves no connection', async () => {
    const { url, client } = await ownServer()
    const store = new RedisStore({ connection: url, namespace: ownNamespace(), maxBlockingConnections: 1 })
    const waits = [wait(store, 'worker-a', 'a'), wait(store, 'worker-a', 'b')]
    await store.subscribe(() => {})
    await until('one waits', async () => (await blockedClients(client)) === 1)
    await store.close()
    await Promise.all(waits.map(({ returned }) => returned))
    await until(
      'the server sees it',
      async () =>
        String(await client.client('LIST'))
          .trim()
          .split('\n').length === 1,
    )
  })
})

describe('a process whose store is closed', () => {
  it('ends by itself', { timeout: 20_000 }, async () => {
    const program = `
      import { RedisStore } from '@goscheds/redis'
      const store = new RedisStore({ connection: process.argv[1], namespace: 'exit-${ownNamespace()}' })
      const job = { name: 'email', payload: '', options: '', retention: { completedMs: 0, deadMs: 0 } }
      await store.subscribe(() => {})
      const signal = new AbortController().signal
      const waiting = store.waitForReady({ name: 'email', worker: 'w', timeoutMs: 60_000, signal })
      await store.enqueue({ jobs: [{ id: 'a', ...job }] })
      await waiting
      const idle = store.waitForReady({ name: 'other', worker: 'w', timeoutMs: 60_000, signal })
      await store.close()
      await idle
      console.log(process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout/.test(kind)).join() || 'nothing left')
    `
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, inject('redisUrl')], {
      cwd: new URL('..', import.meta.url),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await once(child, 'exit')
    expect(output.trim()).toBe('nothing left')
    expect(child.exitCode).toBe(0)
  })
})
