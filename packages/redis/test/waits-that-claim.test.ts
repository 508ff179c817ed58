import type { Store, WaitedClaim } from '@goscheds/core'
import { startOwnTestRedis } from '@goscheds/test-redis'
import { Redis } from 'ioredis'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import type { RedisStore, RedisStoreOptions } from '../src/index.js'
import { openManualRedisStore } from '../src/testing.js'
import { aJob, aStore, claimAll, completeAll, idsOf, manyJobs, ownNamespace, until } from './store-rig.js'

const input = { name: 'email', worker: 'worker-a', timeoutMs: 30_000 }

function admin(url: string): Redis {
  const client = new Redis(url)
  onTestFinished(() => client.disconnect())
  return client
}

async function ownServer() {
  const server = await startOwnTestRedis()
  onTestFinished(() => server.stop())
  return { url: server.url, pid: server.pid, client: admin(server.url) }
}

/** A store whose server knows its script for claims, as that of a worker which has claimed before. */
async function aWarmStore(url: string, rest: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
  const store = aStore({ connection: url, namespace: ownNamespace(), ...rest })
  await claimAll(store)
  return store
}

/** A wait that is to claim, once the server blocks on it. */
async function waitToClaim(store: Store, client: Redis, rest: { limit?: number; timeoutMs?: number } = {}) {
  const { limit = 100, timeoutMs = input.timeoutMs } = rest
  const aborting = new AbortController()
  const claim = { limit, leaseMs: 30_000 }
  const returned = store.waitForReady({ ...input, timeoutMs, signal: aborting.signal, claim })
  returned.catch(() => {})
  await until('it waits', async () => (await blocked(client)).length === 1)
  return { returned, abort: () => aborting.abort() }
}

/** The ids of the connections that are blocked. */
async function blocked(client: Redis): Promise<string[]> {
  const lines = String(await client.client('LIST')).split('\n')
  return lines.filter((line) => / flags=b /.test(line)).map((line) => /^id=(\d+)/.exec(line)?.[1] ?? '')
}

const jobsOf = (answer: WaitedClaim | void) => idsOf(answer?.jobs ?? [])

describe('a wait for Redis that claims', () => {
  it('brings what was pushed, under leases, and the next one too, with no call of its own', async () => {
    const { url, client } = await ownServer()
    const store = await aWarmStore(url)
    const calls = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0)
    const before = await calls()
    for (let turn = 0; turn < 3; turn++) {
      const waiting = await waitToClaim(store, client)
      const jobs = manyJobs(5)
      await store.enqueue({ jobs })
      const answer = await waiting.returned
      expect(jobsOf(answer)).toEqual(idsOf(jobs))
      expect(await completeAll(store, answer?.jobs ?? [])).toBe(5)
    }
    // A push, the claim behind the wait, and a settlement each.
    expect((await calls()) - before).toBe(9)
  })

  it('says how long it has waited by the clock of the server, and not longer', async () => {
    const { url, client } = await ownServer()
    const store = await aWarmStore(url)
    const begun = performance.now()
    const waiting = await waitToClaim(store, client)
    // A timer may be a millisecond early, and the time of the claim is told without its fraction.
    await new Promise((resolve) => setTimeout(resolve, 101))
    await store.enqueue({ jobs: [aJob()] })
    const answer = await waiting.returned
    expect(answer?.waitedMs).toBeGreaterThanOrEqual(99)
    expect(answer?.waitedMs).toBeLessThanOrEqual(performance.now() - begun)
  })

  it('says by its answer that there is nothing when its time is over', async () => {
    const { url, client } = await ownServer()
    const store = await aWarmStore(url)
    const waiting = await waitToClaim(store, client, { timeoutMs: 50 })
    expect(await waiting.returned).toEqual({ jobs: [], more: false, waitedMs: expect.any(Number) })
  })

  it('takes no more than its limit, and its inbox first', async () => {
    const { url, client } = await ownServer()
    const store = await aWarmStore(url)
    const waiting = await waitToClaim(store, client, { limit: 2 })
    const jobs = manyJobs(4)
    await store.enqueue({ jobs })
    expect(jobsOf(await waiting.returned)).toEqual(idsOf(jobs.slice(0, 2)))
    expect(idsOf(await claimAll(store, 'worker-b'))).toEqual(idsOf(jobs.slice(2)))
  })

  it('brings nothing, and says why, when the name was paused meanwhile: what it popped is back', async () => {
    const { url, client } = await ownServer()
    const store = await aWarmStore(url)
    const waiting = await waitToClaim(store, client)
    await store.setPaused({ names: ['email'], paused: true })
    const job = aJob()
    await store.enqueue({ jobs: [job] })
    expect(await waiting.returned).toMatchObject({ jobs: [], held: 'paused' })
    await store.setPaused({ names: ['email'], paused: false })
    expect(idsOf(await claimAll(store, 'worker-b'))).toEqual([job.id])
  })

  it('tells of what it brings when it is aborted at the moment of a push, or leaves it', async () => {
    const store = await aWarmStore(inject('redisUrl'))
    const claim = { limit: 10, leaseMs: 600_000 }
    for (let turn = 0; turn < 50; turn++) {
      const aborting = new AbortController()
      const waiting = store.waitForReady({ ...input, signal: aborting.signal, claim })
      if (turn % 2 === 0) await store.counts({})
      const job = aJob()
      const pushed = store.enqueue({ jobs: [job] })
      aborting.abort()
      const answer = await waiting
      await pushed
      const jobs = [...(answer?.jobs ?? []), ...(await claimAll(store))]
      expect(idsOf(jobs)).toEqual([job.id])
      expect(await completeAll(store, jobs)).toBe(1)
    }
  })

  it('leaves the claim to the call that follows when the server has lost the script', async () => {
    const { url, client } = await ownServer()
    const store = await aWarmStore(url)
    const waiting = await waitToClaim(store, client)
    const jobs = manyJobs(3)
    await client.script('FLUSH')
    await store.enqueue({ jobs })
    expect(await waiting.returned).toBeUndefined()
    expect((await store.counts({}))[0]).toMatchObject({ ready: 3, active: 0 })
    expect(idsOf(await claimAll(store))).toEqual(idsOf(jobs))
    // That claim has given the server the script again.
    const again = await waitToClaim(store, client)
    const job = aJob()
    await store.enqueue({ jobs: [job] })
    expect(jobsOf(await again.returned)).toEqual([job.id])
  })

  it('returns when its connection breaks, and the job is there for the next', async () => {
    const { url, client } = await ownServer()
    const store = await aWarmStore(url)
    const waiting = await waitToClaim(store, client)
    for (const id of await blocked(client)) await client.client('KILL', 'ID', id)
    expect(await waiting.returned).toBeUndefined()
    const job = aJob()
    const again = await waitToClaim(store, client)
    await store.enqueue({ jobs: [job] })
    expect(jobsOf(await again.returned)).toEqual([job.id])
  })

  it('of a worker that froze leaves its jobs under leases, which run out', async () => {
    const connection = inject('redisUrl')
    const namespace = ownNamespace()
    const manual = await openManualRedisStore({ connection, namespace })
    onTestFinished(() => manual.close())
    const { store } = manual
    await claimAll(store)
    const claim = { limit: 10, leaseMs: 5_000 }
    // Nobody looks at its answer, as if the reply were lost.
    const lost = store.waitForReady({ ...input, worker: 'frozen', signal: new AbortController().signal, claim })
    const job = aJob()
    await store.enqueue({ jobs: [job] })
    await lost
    const reap = () => store.reap({ limit: 10, maxRecoveries: 3 })
    await manual.advance(4_999)
    expect(await reap()).toMatchObject({ reaped: [], returned: 0 })
    await manual.advance(1)
    expect(idsOf((await reap()).reaped)).toEqual([job.id])
    expect(idsOf(await claimAll(store, 'other'))).toEqual([job.id])
  })

  it('takes no notice beyond the bound of connections, and the claim follows', async () => {
    const store = await aWarmStore(inject('redisUrl'), { maxBlockingConnections: 0 })
    const job = aJob()
    await store.enqueue({ jobs: [job] })
    const claim = { limit: 10, leaseMs: 5_000 }
    expect(await store.waitForReady({ ...input, signal: new AbortController().signal, claim })).toBeUndefined()
    expect(idsOf(await claimAll(store))).toEqual([job.id])
  })
})
