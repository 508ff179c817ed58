import { HistoryRecorder } from '@goscheds/conformance/history'
import { type Handler, Inspector, type Job, NonRetryableError, Scheduler, type Store, Worker } from '@goscheds/core'
import { Redis } from 'ioredis'
import { setTimeout as delay } from 'node:timers/promises'
import { RedisStore } from '../src/index.js'
import { Life } from './history-life.js'
import { ownNamespace } from './store-rig.js'

const LEASE_MS = 500
const CONCURRENCY = 3
const PATIENCE_MS = 15_000

/**
 * What a handler does with a job. `failures`: of how many attempts; then it succeeds. `reports`: whether it says how far
 * it is.
 */
export interface Act {
  readonly takesMs: number
  readonly failures: number
  readonly isHopeless: boolean
  readonly reports: boolean
}

/** One start of a Scheduler or Worker, with a handle of its own on the store. */
export interface Member {
  /** Ends it as `stop()` does. */
  readonly stop: () => Promise<void>
}

/** One start of a Worker. */
export interface CrewWorker extends Member {
  /** Ends it in the middle of the next handler that it begins, as a killed process ends. */
  readonly crashInHandler: () => Promise<void>
  /** Freezes it in the middle of the next handler that it begins, until its lease has been taken away. */
  readonly freezeInHandler: () => Promise<void>
}

/** Numbers that the same seed gives again. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Schedulers, Workers and an operator on one Redis server, each with connections of its own, and what is seen of them. */
export class Crew {
  readonly recorder: HistoryRecorder
  readonly store: RedisStore
  /** A producer that keeps no time. */
  readonly producer: Scheduler
  readonly operator: Inspector
  readonly errors: Error[] = []
  readonly #url: string
  readonly #namespace = ownNamespace()
  readonly #stores: RedisStore[] = []
  readonly #clock: Redis
  readonly #admin: Redis
  #members = 0
  #starts = 0
  #onStart: (() => void) | undefined

  private constructor(url: string, seed: number) {
    this.#url = url
    this.#clock = new Redis(url)
    this.#admin = new Redis(url)
    // The server's own time, asked for before a call is sent and after it is answered: a bound on either side.
    const now = async (): Promise<number> => {
      const [seconds, microseconds] = await this.#clock.time()
      return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000)
    }
    this.recorder = new HistoryRecorder({ now, header: { store: 'redis', notes: { seed } } })
    this.store = this.#handle()
    this.producer = new Scheduler({ store: this.recorder.around(this.#handle(), 'producer') })
    this.operator = new Inspector({ store: this.recorder.around(this.#handle(), 'operator') })
  }

  static async assemble(url: string, seed: number): Promise<Crew> {
    const crew = new Crew(url, seed)
    await crew.#clock.ping()
    await crew.#admin.ping()
    return crew
  }

  async addScheduler(): Promise<Member> {
    const { process, life, store, handle } = this.#join('scheduler')
    const { runtime } = life
    const scheduler = new Scheduler({ store, runtime, reapIntervalMs: 100, promotionCapMs: 200, maxRecoveries: 5 })
    scheduler.on('error', (error) => void this.errors.push(error))
    await this.recorder.mark({ type: 'process', process, what: 'started', role: 'scheduler' })
    scheduler.start()
    return { stop: () => this.#leave(process, scheduler.stop(), handle) }
  }

  async addWorker(names: readonly string[]): Promise<CrewWorker> {
    const { process, life, store, handle } = this.#join('worker')
    const worker = new Worker({ store, runtime: life.runtime, leaseMs: LEASE_MS, concurrency: CONCURRENCY })
    worker.on('error', (error) => void this.errors.push(error))
    let onNext: ((job: Job) => void) | undefined
    const act: Handler<Act> = async (job, { signal, checkpoint, progress, log }) => {
      const { args, attempt } = job
      onNext?.(job)
      onNext = undefined
      this.#starts++
      this.#onStart?.()
      await life.goOn(delay(args.takesMs, undefined, { signal }))
      if (args.reports) {
        log(`attempt ${attempt}`)
        await Promise.all([checkpoint(attempt), progress(attempt)])
      }
      if (args.isHopeless) throw new NonRetryableError('there is no point')
      if (attempt <= args.failures) throw new Error('not yet')
      return attempt
    }
    const inNextHandler = (what: () => void): Promise<Job> =>
      new Promise((resolve) => {
        onNext = (job) => {
          what()
          resolve(job)
        }
      })
    for (const name of names) worker.registerHandler<Act>(name, this.recorder.handler(process, act))
    const concurrency = Object.fromEntries(names.map((name) => [name, CONCURRENCY]))
    const started = { type: 'process', process, what: 'started', role: 'worker' } as const
    await this.recorder.mark({ ...started, worker: worker.id, concurrency })
    worker.start()
    return {
      stop: () => this.#leave(process, worker.stop({ graceMs: 50 }), handle),
      crashInHandler: async () => {
        await inNextHandler(() => life.end())
        await this.recorder.mark({ type: 'process', process, what: 'crashed' })
        await handle.close()
      },
      freezeInHandler: async () => {
        const job = await inNextHandler(() => life.freeze())
        await this.recorder.mark({ type: 'process', process, what: 'paused' })
        await this.#untilTaken(job)
        await this.recorder.mark({ type: 'process', process, what: 'resumed' })
        life.thaw()
      },
    }
  }

  /** How often handlers have begun. */
  get starts(): number {
    return this.#starts
  }

  /** Resolves when handlers have begun so often. */
  async untilStarts(goal: number): Promise<void> {
    if (this.#starts >= goal) return
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${this.#starts} starts, and no ${goal}`)), PATIENCE_MS)
      this.#onStart = () => {
        if (this.#starts < goal) return
        clearTimeout(late)
        resolve()
      }
    })
  }

  /** Pauses a name, or all of them, for a while. */
  async pauseFor(ms: number, name: string | undefined): Promise<void> {
    await this.operator.pause(name)
    await delay(ms)
    await this.operator.resume(name)
  }

  /** Kills one of the connections that the members have, of any kind. */
  async cutOne(random: (below: number) => number): Promise<void> {
    const own = [await this.#clock.client('ID'), await this.#admin.client('ID')].map(String)
    const list = String(await this.#admin.client('LIST'))
    const ids = Array.from(list.matchAll(/^id=(\d+)/gm), ([, id = '']) => id).filter((id) => !own.includes(id))
    await this.#admin.client('KILL', 'ID', ids[random(ids.length)] ?? '')
  }

  /** Resolves when nothing is left to be done. */
  async drained(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const counts = await this.store.counts({})
      if (counts.every(({ scheduled, ready, active }) => scheduled + ready + active === 0)) return
      if (performance.now() > deadline) throw new Error(`not drained: ${JSON.stringify(counts)}`)
      await delay(20)
    }
  }

  async disband(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()))
    this.#clock.disconnect()
    this.#admin.disconnect()
  }

  #handle(): RedisStore {
    const store = new RedisStore({ connection: this.#url, namespace: this.#namespace, maxBlockingConnections: 2 })
    this.#stores.push(store)
    return store
  }

  #join(role: string): { readonly process: string; readonly life: Life; readonly store: Store; handle: RedisStore } {
    const process = `${role}-${++this.#members}`
    const life = new Life()
    const handle = this.#handle()
    return { process, life, handle, store: life.around(this.recorder.around(handle, process)) }
  }

  async #leave(process: string, stopped: Promise<void>, handle: RedisStore): Promise<void> {
    await stopped
    await this.recorder.mark({ type: 'process', process, what: 'stopped' })
    await handle.close()
  }

  /** Resolves when this lease is over, by whatever. */
  async #untilTaken({ id, fence }: Job): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    const isHeld = async (): Promise<boolean> => {
      const [job] = await this.store.get({ ids: [id] })
      return job?.state === 'active' && job.generation === fence.generation && job.claims === fence.claim
    }
    while (await isHeld()) {
      if (performance.now() > deadline) throw new Error(`nobody took the lease of ${id}`)
      await delay(20)
    }
  }
}
