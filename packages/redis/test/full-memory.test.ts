import type { ClaimedJob, NewJob } from '@goscheds/core'
import { startOwnTestRedis } from '@goscheds/test-redis'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RedisStore } from '../src/index.js'
import { openManualRedisStore, type ManualRedisStore } from '../src/testing.js'
import { fireOf, put } from './script-cases/a-schedule.js'
import { aJob, claimAll, completeAll, idsOf, manyJobs, ownNamespace, wait } from './store-rig.js'

/** A store whose server refuses all that needs memory, once `fill` is called. */
async function fillable(): Promise<ManualRedisStore & { readonly fill: () => Promise<void> }> {
  const server = await startOwnTestRedis()
  const root = new Redis(server.url)
  const manual = await openManualRedisStore({ connection: server.url, namespace: ownNamespace() })
  onTestFinished(async () => {
    await root.config('SET', 'maxmemory', '0')
    await manual.close()
    root.disconnect()
    await server.stop()
  })
  const fill = async (): Promise<void> => void (await root.config('SET', 'maxmemory', '1'))
  // The clock is a key of the server, which it must be let write.
  const advance = async (ms: number): Promise<void> => {
    const [, most = '0'] = await root.config('GET', 'maxmemory')
    await root.config('SET', 'maxmemory', '0')
    await manual.advance(ms)
    await root.config('SET', 'maxmemory', most)
  }
  return { ...manual, advance, fill }
}

async function statesOf(store: RedisStore, ids: readonly string[]): Promise<(string | undefined)[]> {
  return (await store.get({ ids })).map((job) => job?.state)
}

/** A full Redis with one job, which is active. */
async function fullWithOneActive(): Promise<{ store: RedisStore; job: NewJob; lease: ClaimedJob }> {
  const { store, fill } = await fillable()
  const job = aJob()
  await store.enqueue({ jobs: [job] })
  const [lease] = await claimAll(store)
  if (lease === undefined) throw new Error('nothing to claim')
  await fill()
  return { store, job, lease }
}

describe('on a Redis whose memory is full', () => {
  it('a push is refused whole, and nothing of it is stored (G1)', async () => {
    const { store, fill } = await fillable()
    const [before, ...refused] = manyJobs(4)
    await store.enqueue({ jobs: before === undefined ? [] : [before] })
    await fill()
    await expect(store.enqueue({ jobs: [...refused, aJob({ delayMs: 1_000 })] })).rejects.toThrow(/OOM/)
    expect(await statesOf(store, idsOf(refused))).toEqual([undefined, undefined, undefined])
    expect(await store.counts({ names: ['email'] })).toMatchObject([{ ready: 1, scheduled: 0 }])
  })

  it('workers go on: they claim, keep their leases, complete, retry and die (G1)', async () => {
    const { store, fill } = await fillable()
    const retention = { completedMs: 60_000, deadMs: 60_000 }
    const jobs = manyJobs(5, { retention })
    await store.enqueue({ jobs })
    await fill()
    const claimed = await claimAll(store)
    expect(idsOf(claimed)).toEqual(idsOf(jobs))
    expect(await store.extend({ leases: claimed, leaseMs: 1_000 })).toEqual(claimed.map(() => 'held'))
    const settlements = [
      { type: 'completed', retentionMs: 0 },
      { type: 'completed', retentionMs: 60_000, result: '"sent"' },
      { type: 'retry', delayMs: 0, error: 'no' },
      { type: 'retry', delayMs: 1_000, error: 'no' },
      { type: 'dead', reason: 'attempts', error: 'no', retentionMs: 60_000 },
    ] as const
    const entries = claimed.flatMap((lease, i) => {
      const settlement = settlements[i]
      return settlement === undefined ? [] : [{ lease, settlement }]
    })
    await store.settle({ entries })
    expect(await statesOf(store, idsOf(jobs))).toEqual([undefined, 'completed', 'ready', 'scheduled', 'dead'])
  })

  it('limits and groups go on: they are set, hold back, are set aside and come again (G13)', async () => {
    const { store, advance, fill } = await fillable()
    const rate = { limit: 1, perMs: 1_000, burst: 4 }
    const perGroup = { concurrency: 1, ordered: true, rate: { limit: 1, perMs: 1_000, burst: 1 } }
    await store.setLimits({ name: 'email', limits: { concurrency: 3, rate, perGroup } })
    const jobs = ['a', 'a', 'b', 'b', 'c'].map((key) => aJob({ group: { key } }))
    await store.enqueue({ jobs })
    await fill()
    const claim = (): ReturnType<RedisStore['claim']> =>
      store.claim({ name: 'email', worker: 'worker-a', limit: 10, leaseMs: 30_000 })
    const first = await claim()
    expect([idsOf(first.jobs), first.held]).toEqual([idsOf([0, 2, 4].flatMap((i) => jobs[i] ?? [])), 'concurrency'])
    expect((await claim()).held).toBe('concurrency')
    const settlements = [
      { type: 'retry', delayMs: 2_000, error: 'no' },
      { type: 'completed', retentionMs: 0 },
      { type: 'released', delayMs: 0, holdNameMs: 1_000 },
    ] as const
    const entries = first.jobs.flatMap((lease, i) => {
      const settlement = settlements[i]
      return settlement === undefined ? [] : [{ lease, settlement }]
    })
    await store.settle({ entries })
    expect((await claim()).held).toBe('hold')
    // More is missing than the bucket can hold now, which the next claim notes down.
    await store.setLimits({ name: 'email', limits: { rate: { limit: 1, perMs: 10, burst: 1 }, perGroup } })
    await advance(1_000)
    expect((await claim()).held).toBe('rate')
    await store.setLimits({ name: 'email', limits: { perGroup } })
    expect(idsOf((await claim()).jobs)).toEqual(idsOf([3, 4].flatMap((i) => jobs[i] ?? [])))
    await advance(1_000)
    await store.promote({ limit: 10 })
    expect(idsOf((await claim()).jobs)).toEqual(idsOf(jobs.slice(0, 1)))
    await advance(30_000)
    expect((await store.reap({ limit: 10, maxRecoveries: 3 })).reaped).toHaveLength(3)
    expect((await claim()).jobs).toHaveLength(3)
  })

  it('a claim that finds all groups at their limits, and changes nothing, is answered', async () => {
    const { store, fill } = await fillable()
    await store.setLimits({ name: 'email', limits: { perGroup: { concurrency: 1 } } })
    await store.enqueue({ jobs: ['a', 'a', 'b', 'b'].map((key) => aJob({ group: { key } })) })
    const claimed = await claimAll(store)
    expect(claimed).toHaveLength(2)
    await fill()
    expect(await claimAll(store)).toEqual([])
    expect(await completeAll(store, claimed)).toBe(2)
    expect(await claimAll(store)).toHaveLength(2)
  })

  it('time goes on: jobs are promoted and reaped, and workers report', async () => {
    const { store, advance, fill } = await fillable()
    const [leased, due] = [aJob(), aJob({ delayMs: 1_000 })]
    await store.enqueue({ jobs: [leased] })
    await claimAll(store)
    await store.enqueue({ jobs: [due] })
    await advance(60_000)
    await fill()
    const report = { worker: 'worker-a', lanes: [] }
    await store.heartbeat({ report, ttlMs: 10_000 })
    expect(await store.workers()).toMatchObject([report])
    expect(await store.promote({ limit: 10 })).toEqual({ promoted: 1, nextDueInMs: null })
    const { reaped } = await store.reap({ limit: 10, maxRecoveries: 3 })
    expect(reaped).toMatchObject([{ id: leased.id, outcome: 'ready', recoveries: 1 }])
    expect(idsOf(await claimAll(store))).toEqual([due.id, leased.id])
  })

  it('control goes on: jobs are cancelled, removed, rescheduled and redriven', async () => {
    const { store, fill } = await fillable()
    const jobs = manyJobs(4, { retention: { completedMs: 60_000, deadMs: 60_000 } })
    const [first, ...others] = jobs
    await store.enqueue({ jobs: first === undefined ? [] : [first] })
    const [lease] = await claimAll(store)
    if (lease === undefined) throw new Error('nothing to claim')
    await store.enqueue({ jobs: others })
    const settlement = { type: 'dead', reason: 'attempts', error: 'no', retentionMs: 60_000 } as const
    await store.settle({ entries: [{ lease, settlement }] })
    await fill()
    const [dead = '', cancelled = '', removed = '', moved = ''] = idsOf(jobs)
    await store.redrive({ ids: [dead] })
    await store.cancel({ ids: [cancelled] })
    await store.remove({ ids: [removed] })
    await store.reschedule({ entries: [{ id: moved, delayMs: 1_000 }] })
    expect(await statesOf(store, idsOf(jobs))).toEqual(['ready', 'cancelled', undefined, 'scheduled'])
    expect(idsOf(await claimAll(store))).toEqual([dead])
  })

  it('a push that asks for a key or a priority is refused whole, whatever it meets (G1)', async () => {
    const { store, fill } = await fillable()
    const unique = { key: 'ada', until: 'finished', onConflict: 'ignore' } as const
    const holder = aJob({ unique, delayMs: 60_000 })
    await store.enqueue({ jobs: [holder] })
    const before = await store.get({ ids: [holder.id] })
    await fill()
    const conflicts = ['replace', 'reschedule'] as const
    for (const job of [
      { unique: { ...unique, key: 'bo' } },
      { priority: 5 },
      ...conflicts.map((onConflict) => ({ unique: { ...unique, onConflict } })),
    ]) {
      const refused = [aJob(), aJob(job)]
      await expect(store.enqueue({ jobs: refused })).rejects.toThrow(/OOM/)
      expect(await statesOf(store, idsOf(refused))).toEqual([undefined, undefined])
    }
    expect(await store.get({ ids: [holder.id] })).toEqual(before)
    expect(await store.counts({})).toMatchObject([{ ready: 0, scheduled: 1 }])
    // A push that adds nothing needs no memory.
    expect(await store.enqueue({ jobs: [aJob({ unique })] })).toEqual([{ status: 'duplicate', id: holder.id }])
  })

  it('a report is refused whole, and all that ends or moves a job with a key goes on', async () => {
    const { store, advance, now, fill } = await fillable()
    const retention = { completedMs: 60_000, deadMs: 60_000 }
    const unique = { key: 'ada', until: 'finished', onConflict: 'ignore' } as const
    const jobs = [
      aJob({ unique, priority: 5, retention }),
      aJob({ unique: { ...unique, key: 'bo', until: 'started' }, retention }),
      aJob({ expiresAt: (await now()) + 1_000, delayMs: 60_000, retention }),
    ]
    await store.enqueue({ jobs })
    const claimed = await claimAll(store)
    const successor = aJob({ unique: { ...unique, onConflict: 'runAgain' } })
    await store.enqueue({ jobs: [successor] })
    await advance(1_000)
    await fill()
    const report = { entries: claimed.map((lease) => ({ lease, progress: '1', lines: ['2'] })) }
    await expect(store.report(report)).rejects.toThrow(/OOM/)
    expect(await store.get({ ids: idsOf(claimed) })).not.toContainEqual(expect.objectContaining({ progress: '1' }))
    await store.settle({
      entries: claimed.map((lease) => ({ lease, settlement: { type: 'retry', delayMs: 0, error: 'no' } })),
    })
    await store.setPaused({ names: ['email'], paused: true })
    expect(await claimAll(store)).toEqual([])
    await store.setPaused({ names: ['email'], paused: false })
    expect((await store.reap({ limit: 10, maxRecoveries: 3 })).expired).toHaveLength(1)
    const again = await claimAll(store)
    expect(idsOf(again).sort()).toEqual(idsOf(claimed).sort())
    expect(await completeAll(store, again)).toBe(2)
    expect(idsOf(await claimAll(store))).toEqual([successor.id])
  })

  it('a fire is refused whole, whatever it meets: its schedule stands where it stood (G14)', async () => {
    const { store, fill } = await fillable()
    const revision = await put(store)
    const paused = await put(store, { id: 'paused', pausedNote: '' })
    await store.fireSchedule({ fires: [fireOf(revision, 0), fireOf(revision, 1, { overlap: 'bufferOne' })] })
    const look = async (): Promise<unknown> => [
      (await store.listSchedules({ limit: 10 })).schedules,
      await store.get({ ids: ['nightly@0', 'nightly@1', 'nightly@2', 'nightly@3'] }),
      await store.counts({}),
    ]
    const before = await look()
    await fill()
    const { run: _, ...nothing } = fireOf(revision, 2)
    const overlaps = ['skip', 'bufferOne', 'bufferAll', 'cancelOther', 'allowAll'] as const
    for (const first of [...overlaps.map((overlap) => fireOf(revision, 2, { overlap })), nothing]) {
      const fires = [first, fireOf(revision, 3, { overlap: 'cancelOther' })]
      await expect(store.fireSchedule({ fires })).rejects.toThrow(/OOM/)
      expect(await look()).toEqual(before)
    }
    const schedule = { id: 'paused', rule: 'other', next: null }
    const { fireAt } = fireOf(paused, 0).turn ?? { fireAt: 0 }
    await expect(store.putSchedule({ schedule, expect: { revision: paused, fireAt } })).rejects.toThrow(/OOM/)
    expect(await look()).toEqual(before)
    // What adds nothing needs no memory.
    expect(await store.fireSchedule({ fires: [fireOf(revision, 0)] })).toEqual([{ status: 'moved' }])
    expect((await store.promote({ limit: 10 })).due?.schedules).toMatchObject([{ id: 'nightly' }])
    expect(await store.removeSchedule({ ids: ['nightly', 'paused'] })).toEqual([true, true])
  })

  it('names are held to their limits, and groups are served, as ever', async () => {
    const { store, advance, fill } = await fillable()
    const group = (key: string): { readonly group: { readonly key: string } } => ({ group: { key } })
    const rate = { limit: 1, perMs: 1_000, burst: 3 }
    const perGroup = { concurrency: 1, ordered: true }
    await store.setLimits({ name: 'email', limits: { rate, perGroup } })
    const [first, second, other] = [aJob(group('ada')), aJob(group('ada')), aJob(group('bo'))]
    await store.enqueue({ jobs: [first, second, other, aJob(group('bo'))] })
    const claimed = await claimAll(store)
    expect(idsOf(claimed)).toEqual([first.id, other.id])
    await fill()
    const [lease, ...rest] = claimed
    if (lease === undefined) throw new Error('nothing to claim')
    await store.settle({ entries: [{ lease, settlement: { type: 'retry', delayMs: 500, error: 'no' } }] })
    await store.setLimits({ name: 'email', limits: { rate: { ...rate, burst: 1 }, perGroup } })
    const claim = { name: 'email', worker: 'worker-a', limit: 10, leaseMs: 60_000 }
    expect(await store.claim(claim)).toMatchObject({ jobs: [], held: 'rate' })
    expect(await completeAll(store, rest)).toBe(1)
    await advance(1_000)
    expect((await store.promote({ limit: 10 })).promoted).toBe(1)
    await advance(1_000)
    expect((await store.claim(claim)).jobs).toHaveLength(1)
    await store.setLimits({ name: 'email', limits: null })
    expect(await claimAll(store)).toHaveLength(2)
  })

  it('an idle worker is woken, though Redis refuses to hand it a job', async () => {
    const { store, job, lease } = await fullWithOneActive()
    const waiting = wait(store, 'worker-b')
    await store.settle({ entries: [{ lease, settlement: { type: 'released', delayMs: 0 } }] })
    await waiting.returned
    const again = await claimAll(store, 'worker-b')
    expect(idsOf(again)).toEqual([job.id])
    expect(await completeAll(store, again)).toBe(1)
  })

  it('a worker that claims behind its wait is not refused again and again, and is woken all the same', async () => {
    const { store, job, lease } = await fullWithOneActive()
    const { signal } = new AbortController()
    const input = { name: 'email', worker: 'worker-b', timeoutMs: 500, signal, claim: { limit: 10, leaseMs: 60_000 } }
    const since = performance.now()
    await store.waitForReady(input)
    expect(performance.now() - since).toBeGreaterThanOrEqual(450)
    const waiting = store.waitForReady({ ...input, timeoutMs: 30_000 })
    await store.settle({ entries: [{ lease, settlement: { type: 'released', delayMs: 0 } }] })
    const claimed = (await waiting)?.jobs ?? (await claimAll(store, 'worker-b'))
    expect(idsOf(claimed)).toEqual([job.id])
  })
})
