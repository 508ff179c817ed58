import { type Handler, Worker, type WorkerOptions } from '@goscheds/core'
import type { Payload } from '../payload.js'
import type { Stage } from './stage.js'

/** The job name of all scenarios. */
export const NAME = 'bench'

/** A worker whose handlers wait until they are released, all that run in one go. */
export class Crew {
  readonly #stage: Stage
  readonly #worker: Worker
  readonly #waiting: (() => void)[] = []
  readonly #completed = new Set<string>()
  #settled = 0
  #isOpen = false

  /** `before`: what each handler does first; it may throw. */
  constructor(stage: Stage, options: Partial<WorkerOptions> = {}, before: Handler<Payload, void> = async () => {}) {
    this.#stage = stage
    const fail = (error: Error): void => stage.fail(error)
    this.#worker = new Worker({ store: stage.store, runtime: stage.clock, ...options })
      .on('error', fail)
      .on('dead', ({ error }) => fail(error))
      .on('lost', ({ lease }) => fail(new Error(`the lease of job ${lease.id} was lost`)))
      .on('retrying', () => this.#settled++)
      .on('completed', ({ job }) => {
        this.#settled++
        if (this.#completed.has(job.id)) fail(new Error(`job ${job.id} completed twice`))
        this.#completed.add(job.id)
      })
      .registerHandler<Payload>(NAME, async (job, context) => {
        if (!this.#isOpen) await new Promise<void>((resolve) => this.#waiting.push(resolve))
        await before(job, context)
      })
  }

  /** Resolves when it has asked for jobs, runs as many as it may, and nothing moves any more. */
  async start(): Promise<void> {
    this.#worker.start()
    await this.#stage.quiet()
  }

  /** Lets all that run end, and resolves when the next ones have been claimed: as many times as it is told. */
  async rounds(count: number): Promise<void> {
    for (let round = 0; round < count; round++) {
      for (const release of this.#waiting.splice(0)) release()
      await this.#stage.quiet()
    }
  }

  /** From now on handlers do not wait. */
  async open(): Promise<void> {
    this.#isOpen = true
    await this.rounds(1)
  }

  /** How many attempts have ended, and the store knows it. */
  get settled(): number {
    return this.#settled
  }

  /** Runs the rest and stops. @throws Error unless so many jobs have completed, each once, and nothing failed. */
  async finish(jobs: number): Promise<void> {
    await this.open()
    await this.#worker.stop()
    await this.#stage.quiet()
    if (this.#completed.size !== jobs) {
      throw new Error(`of ${String(jobs)} jobs ${String(this.#completed.size)} completed`)
    }
  }
}
