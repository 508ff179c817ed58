import { Inspector, type NewJob, Scheduler, type Store, type UniqueKey, Worker } from '@goscheds/core'
import { startOwnTestRedis } from '@goscheds/test-redis'
import { Redis } from 'ioredis'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { type ManualRedisStore, openManualRedisStore } from '../src/testing.js'
import { aJob, aStore, claimAll, idsOf, ownNamespace, until, wait } from './store-rig.js'

const unique: UniqueKey = { key: 'ada', until: 'finished', onConflict: 'ignore' }
const untilStarted: UniqueKey = { ...unique, key: 'bo', until: 'started' }
const completed = { type: 'completed', retentionMs: 0 } as const

/** Uses all that a job can ask for, and then lets every job end without a trace. */
async function useItAll({ store, advance }: ManualRedisStore): Promise<void> {
  const push = async (...jobs: readonly Partial<NewJob>[]): Promise<void> =>
    void (await store.enqueue({ jobs: jobs.map((job) => aJob(job)) }))
  await store.setPaused({ names: ['email'], paused: true })
  await push({ unique }, { unique: untilStarted, priority: 3 }, { priority: -3 }, { priority: 3 }, {})
  await push({ unique: { ...unique, key: 'cy', until: { ttlMs: 1_000 } } }, { expiresAt: 1, delayMs: 9_000 })
  await push({ unique: { ...unique, onConflict: 'replace' } }, { expiresAt: 1 })
  expect(await claimAll(store)).toEqual([])
  await store.setPaused({ names: ['email'], paused: false })
  const leases = await claimAll(store)
  await push({ unique: { ...unique, onConflict: 'runAgain' }, priority: 7 }, { unique: untilStarted })
  await store.report({ entries: leases.map((lease) => ({ lease, progress: '1', checkpoint: '2', lines: ['3', '4'] })) })
  const retry = { type: 'retry', delayMs: 500, error: 'no' } as const
  await store.settle({ entries: leases.map((lease) => ({ lease, settlement: retry })) })
  await store.cancel({ ids: idsOf(leases.slice(0, 1)) })
  await store.reap({ limit: 100, maxRecoveries: 0 })
  for (let round = 0; round < 4; round++) {
    await advance(10_000)
    await store.promote({ limit: 100 })
    const claimed = await claimAll(store)
    await store.settle({ entries: claimed.map((lease) => ({ lease, settlement: completed })) })
    await store.prune({ limit: 100, maxDeadPerName: 10 })
  }
}

describe('what jobs ask for', () => {
  it('leaves no key behind when all of them have ended', async () => {
    const client = new Redis(inject('redisUrl'))
    const namespace = ownNamespace()
    const manual = await openManualRedisStore({ connection: inject('redisUrl'), namespace })
    onTestFinished(async () => {
      await manual.close()
      client.disconnect()
    })
    await useItAll(manual)
    const prefix = `{${namespace}}:`
    const left = (await client.keys('*')).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
    expect(left.sort()).toEqual(['clock', 'generation'])
  })

  it('works behind a key prefix on a Redis Cluster, in one slot', async () => {
    const server = await startOwnTestRedis({ args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'] })
    const client = new Redis(server.url)
    onTestFinished(async () => {
      client.disconnect()
      await server.stop()
    })
    await client.call('CLUSTER', ['ADDSLOTS', ...Array.from({ length: 16_384 }, (_, slot) => slot)])
    await until('the cluster is up', async () => String(await client.call('CLUSTER', ['INFO'])).includes('state:ok'))
    const connection = { nodes: [{ host: '127.0.0.1', port: server.port }], options: { keyPrefix: 'app:' } }
    const store = aStore({ connection, namespace: ownNamespace() })
    await store.enqueue({ jobs: [aJob({ id: 'a', unique }), aJob({ id: 'b', priority: 2, expiresAt: 1e15 })] })
    await store.enqueue({ jobs: [aJob({ id: 'd', unique: { ...unique, key: 'cy', until: { ttlMs: 1e6 } } })] })
    const leases = await claimAll(store)
    const heard: string[] = []
    const stop = await store.subscribe((hint) => void heard.push(hint.type), { job: 'b' })
    await store.enqueue({ jobs: [aJob({ id: 'c', unique: { ...unique, onConflict: 'runAgain' } })] })
    await store.report({ entries: leases.map((lease) => ({ lease, checkpoint: '1', lines: ['2'] })) })
    await store.setPaused({ paused: true })
    const keys = await client.keys('*')
    expect(keys.filter((key) => !key.startsWith('app:{'))).toEqual([])
    expect(new Set(await Promise.all(keys.map((key) => client.call('CLUSTER', ['KEYSLOT', key])))).size).toBe(1)
    expect(keys.length).toBeGreaterThan(14)
    expect(await new Inspector({ store }).verify()).toMatchObject({ findings: [], complete: true })
    await store.setPaused({ paused: false })
    const dead = { type: 'dead', reason: 'attempts', error: 'no', retentionMs: 1e6 } as const
    await store.settle({ entries: leases.map((lease) => ({ lease, settlement: dead })) })
    await until('the end of b is heard', async () => heard.includes('finished'))
    await stop()
    expect(idsOf(await claimAll(store))).toEqual(['c'])
  })

  it('goes on after SCRIPT FLUSH', async () => {
    const server = await startOwnTestRedis()
    const client = new Redis(server.url)
    onTestFinished(async () => {
      client.disconnect()
      await server.stop()
    })
    const store = aStore({ connection: server.url, namespace: ownNamespace() })
    const flushed = async <T>(act: () => Promise<T>): Promise<T> => {
      await client.script('FLUSH')
      return act()
    }
    await flushed(() => store.enqueue({ jobs: [aJob({ unique, priority: 4 })] }))
    await flushed(() => store.setPaused({ paused: true }))
    await flushed(() => store.setPaused({ paused: false }))
    const leases = await flushed(() => claimAll(store))
    const reported = await flushed(() => store.report({ entries: leases.map((lease) => ({ lease, progress: '1' })) }))
    expect(reported).toEqual(['reported'])
  })
})

describe('a pause, a resume and a cancel of another process', () => {
  /** A worker and an operator, each with a store of its own. */
  function aPair(): { worker: Worker; scheduler: Scheduler; operator: Inspector; other: Store } {
    const options = { connection: inject('redisUrl'), namespace: ownNamespace() }
    const other = aStore(options)
    const worker = new Worker({ store: aStore(options) })
    onTestFinished(() => worker.stop({ graceMs: 0 }))
    return { worker, scheduler: new Scheduler({ store: other }), operator: new Inspector({ store: other }), other }
  }

  const withinASecond = async (what: string, isSo: () => boolean): Promise<void> => {
    const began = performance.now()
    await until(what, async () => isSo())
    expect(performance.now() - began, what).toBeLessThan(1_000)
  }

  it.each(['email', undefined])('are seen by an idle worker, and strand nothing (%s)', async (name) => {
    const { worker, scheduler, operator } = aPair()
    const run: string[] = []
    worker.registerHandler('email', (job) => void run.push(job.id))
    worker.start()
    await scheduler.push('email', {}, { id: 'a' })
    await withinASecond('it runs', () => run.length === 1)
    await operator.pause(name)
    await Promise.all(['b', 'c', 'd'].map((id) => scheduler.push('email', {}, { id })))
    await scheduler.push('email', {}, { id: 'first', priority: -1 })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(run).toEqual(['a'])
    // Nothing stays in the worker's hand.
    expect(await operator.counts()).toMatchObject([{ ready: 4, active: 0, paused: true }])
    await operator.resume(name)
    await withinASecond('all run', () => run.length === 5)
    expect([...run].sort()).toEqual(['a', 'b', 'c', 'd', 'first'])
  })

  it('are seen by a busy worker', async () => {
    const { worker, scheduler, operator } = aPair()
    let begun = 0
    let reason: unknown
    worker.registerHandler('email', async (job, { signal }) => {
      begun++
      if (job.id !== 'long') return void (await new Promise((resolve) => setTimeout(resolve, 20)))
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      reason = signal.reason
    })
    worker.start()
    await scheduler.push('email', {}, { id: 'long' })
    for (let n = 0; n < 50; n++)
      await scheduler.pushMany(Array.from({ length: 100 }, () => ({ name: 'email', args: {} })))
    await withinASecond('it is busy', () => begun > 20)
    await operator.pause()
    const [before] = await operator.counts()
    await new Promise((resolve) => setTimeout(resolve, 300))
    const seen = begun
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(begun).toBe(seen)
    expect((await operator.counts())[0]?.ready).toBe(before?.ready)
    expect(await operator.cancel('long')).toEqual({ status: 'requested' })
    await withinASecond('the signal aborts', () => reason !== undefined)
    expect(reason).toMatchObject({ code: 'CANCELLED' })
    await operator.resume()
    await withinASecond('it goes on', () => begun > seen)
  })
})

describe('waiting for a job of a priority', () => {
  it('ends when one comes, on a connection that blocks and on a hint', async () => {
    const options = { connection: inject('redisUrl'), namespace: ownNamespace() }
    for (const maxBlockingConnections of [1, 0]) {
      const store = aStore({ ...options, maxBlockingConnections })
      const waiting = wait(store)
      await new Promise((resolve) => setTimeout(resolve, 50))
      const job = aJob({ priority: 5 })
      await store.enqueue({ jobs: [job] })
      await waiting.returned
      expect(idsOf(await claimAll(store))).toEqual([job.id])
    }
  })

  it('wakes as many workers as there are jobs, one after another', async () => {
    const store = aStore({ connection: inject('redisUrl'), namespace: ownNamespace() })
    const workers = ['worker-a', 'worker-b', 'worker-c']
    const works = workers.map(async (worker) => {
      await wait(store, worker).returned
      return (await store.claim({ name: 'email', worker, limit: 1, leaseMs: 10_000 })).jobs.length
    })
    await store.enqueue({ jobs: [5, 5, 9].map((priority) => aJob({ priority })) })
    expect(await Promise.all(works)).toEqual([1, 1, 1])
  })
})
