import { type History, HistoryRecorder } from '@goscheds/conformance/history'
import type { ClaimedJob, EpochMs, NewJob, Settlement, Store } from '@goscheds/core'
import { inject } from 'vitest'
import type { ReplacedLua } from '../src/lua-source.js'
import { type ManualRedisStore, openManualRedisStore } from '../src/testing.js'
import { aJob, ownNamespace, wait } from './store-rig.js'

const LEASE_MS = 1_000

/** What a few processes do with one store, step by step and by a clock that stands still, and what is seen of it. */
export class Stage {
  readonly #manual: ManualRedisStore
  readonly #recorder: HistoryRecorder

  private constructor(manual: ManualRedisStore) {
    this.#manual = manual
    this.#recorder = new HistoryRecorder({ now: manual.now, header: { store: 'redis' } })
  }

  /** Plays a scene on a store whose scripts are these in part, to its end: all are healthy, and nothing is left to do. */
  static async play(scene: (stage: Stage) => Promise<void>, replaced: ReplacedLua = {}): Promise<History> {
    const namespace = ownNamespace()
    const manual = await openManualRedisStore({ connection: inject('redisUrl'), namespace, replaced })
    try {
      const stage = new Stage(manual)
      await scene(stage)
      await stage.#recorder.mark({ type: 'healthy', process: 'stage' })
      await stage.#recorder.snapshot(manual.store, 'stage', { drained: true })
      return stage.#recorder.history()
    } finally {
      await manual.close()
    }
  }

  async advance(ms: number): Promise<void> {
    await this.#manual.advance(ms)
  }

  now(): Promise<EpochMs> {
    return this.#manual.now()
  }

  async push(...jobs: readonly Partial<NewJob>[]): Promise<void> {
    await this.#as('producer').enqueue({ jobs: jobs.map(aJob) })
  }

  async claim(worker: string, limit = 10): Promise<readonly ClaimedJob[]> {
    return (await this.#as(worker).claim({ name: 'email', worker, limit, leaseMs: LEASE_MS })).jobs
  }

  async extend(worker: string, leases: readonly ClaimedJob[]): Promise<void> {
    await this.#as(worker).extend({ leases, leaseMs: LEASE_MS })
  }

  async settle(worker: string, jobs: readonly ClaimedJob[], settlement: Settlement): Promise<void> {
    if (jobs.length > 0) await this.#as(worker).settle({ entries: jobs.map((lease) => ({ lease, settlement })) })
  }

  async report(worker: string, jobs: readonly ClaimedJob[]): Promise<void> {
    await this.#as(worker).report({ entries: jobs.map((lease) => ({ lease, checkpoint: worker, lines: [worker] })) })
  }

  /** Claims what there is, or no more than so many, and completes it. */
  async work(worker: string, limit?: number): Promise<void> {
    await this.settle(worker, await this.claim(worker, limit), { type: 'completed', retentionMs: 0 })
  }

  async promote(): Promise<void> {
    await this.#as('scheduler').promote({ limit: 100 })
  }

  async reap(maxRecoveries = 3): Promise<void> {
    await this.#as('scheduler').reap({ limit: 100, maxRecoveries })
  }

  async cancel(id: string): Promise<void> {
    await this.#as('operator').cancel({ ids: [id] })
  }

  async setPaused(paused: boolean, names?: readonly string[]): Promise<void> {
    await this.#as('operator').setPaused({ paused, ...(names !== undefined && { names }) })
  }

  /** Lets a worker wait until a job is handed to it, and then crash. */
  async crashWithAJobInHand(worker: string, job: Partial<NewJob>): Promise<void> {
    const waiting = wait(this.#as(worker), worker)
    await this.push(job)
    await waiting.returned
    await this.#recorder.mark({ type: 'process', process: worker, what: 'crashed' })
  }

  #as(process: string): Store {
    return this.#recorder.around(this.#manual.store, process)
  }
}
