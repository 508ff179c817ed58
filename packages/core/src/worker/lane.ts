import type { ClaimedJob } from '../contract/job.js'
import { GoschedsError } from '../errors.js'
import type { Runtime } from '../runtime/runtime.js'
import { Loop } from '../service/loop.js'
import { sleep } from '../service/sleep.js'
import type { StoreCalls } from '../service/store-calls.js'
import { HeldWait, wholeMs } from './held-wait.js'
import { ABORT_AFTER } from './lease-keeper.js'

const WAIT_MS = 5_000

/** The most claims that one worker may have ended and not settled: it stops claiming when the store lags. */
const MAX_UNSETTLED = 5_000

/** The most jobs that one claim asks for, whatever the concurrency: a reply must fit into memory. */
const MAX_CLAIM = 1_000

/** Options of a {@link Lane}. */
export interface LaneOptions {
  readonly name: string
  readonly worker: string
  readonly concurrency: number
  readonly leaseMs: number
  readonly runtime: Runtime
  readonly calls: StoreCalls
  /** Runs one job; {@link Lane.ended} is called when its slot is free again. */
  readonly run: (claimed: ClaimedJob, claimSentAt: number) => void
  /** Gives back jobs whose claim was answered too late. */
  readonly giveBack: (claimed: readonly ClaimedJob[]) => void
  readonly unsettled: () => number
  /** Hears how each claim went: how many jobs it brought, and whether it found the end of the queue. */
  readonly onClaimed: (jobs: readonly ClaimedJob[], isEmpty: boolean) => void
  readonly onError: (error: unknown) => void
}

/**
 * The claim loop of one handler: as many jobs as it has free slots, in one call; when the queue is empty
 * it waits for the store to say that there is something.
 */
export class Lane {
  readonly #options: LaneOptions
  readonly #loop: Loop
  #active = 0
  #slotFreed: (() => void) | undefined
  readonly #held: HeldWait

  constructor(options: LaneOptions) {
    this.#options = options
    const { runtime, onError } = options
    this.#held = new HeldWait(runtime)
    this.#loop = new Loop({ runtime, onError, step: (signal) => this.#step(signal) })
  }

  get name(): string {
    return this.#options.name
  }

  get concurrency(): number {
    return this.#options.concurrency
  }

  /** Handlers running now. */
  get active(): number {
    return this.#active
  }

  start(): void {
    this.#loop.start()
  }

  /** What governs claims of its name has changed: a pause was lifted, a limit was set. */
  lookAgain(): void {
    this.#held.controlChanged()
  }

  /** One of its handlers has ended: its slot is free. */
  ended(): void {
    this.#active--
    this.#slotFreed?.()
  }

  /** The store has heard the end of one of its jobs. */
  settled(): void {
    this.#held.slotFreed()
  }

  /** Stops claiming; what runs goes on. */
  async stop(): Promise<void> {
    await this.#loop.stop()
  }

  async #step(signal: AbortSignal): Promise<number> {
    const limit = this.#freeSlots()
    if (limit === 0) {
      await this.#waitForSlot(signal)
      return 0
    }
    const { name, worker, leaseMs, runtime, calls, giveBack } = this.#options
    const sentAt = runtime.monotonic()
    this.#held.claiming()
    const { jobs, more, held, heldForMs, setAside } = await calls.call(
      'claim',
      (store) => store.claim({ name, worker, limit, leaseMs }),
      {
        onLate: (late) => giveBack(late.jobs),
      },
    )
    if (signal.aborted) {
      giveBack(jobs)
      return 0
    }
    const tookMs = runtime.monotonic() - sentAt
    if (jobs.length > 0 && tookMs >= leaseMs * ABORT_AFTER) {
      giveBack(jobs)
      const message = `store.claim() took ${Math.round(tookMs)} ms of a lease of ${leaseMs}: its jobs are given back`
      throw new GoschedsError('STORE_TIMEOUT', message)
    }
    const hasAll = jobs.length < limit && !more && held === undefined
    // Before the first runs, as those whose handlers return at once end right here.
    this.#active += jobs.length
    for (const job of jobs) this.#options.run(job, sentAt)
    this.#options.onClaimed(jobs, hasAll && setAside !== true)
    if (held !== undefined) {
      // Not in the store: what became ready would be set aside for this worker.
      await this.#held.wait({ held, heldForMs, broughtNone: jobs.length === 0 }, signal)
      return 0
    }
    if (!hasAll) return 0
    const pauseMs = heldForMs === undefined ? WAIT_MS : this.#held.groupsPauseMs(heldForMs, jobs.length === 0)
    const timeoutMs = Math.min(WAIT_MS, wholeMs(pauseMs))
    await calls.call('waitForReady', (store) => store.waitForReady({ name, worker, timeoutMs, signal }), {
      waitsMs: timeoutMs,
    })
    return 0
  }

  #freeSlots(): number {
    const { concurrency, unsettled } = this.#options
    return Math.max(0, Math.min(concurrency - this.#active, MAX_UNSETTLED - unsettled(), MAX_CLAIM))
  }

  /** Also looks again after a moment, for when it is the settling that holds the lane up. */
  async #waitForSlot(signal: AbortSignal): Promise<void> {
    if (this.#active < this.#options.concurrency) return sleep(this.#options.runtime, 10, signal)
    await new Promise<void>((resolve) => {
      const freed = (): void => {
        signal.removeEventListener('abort', freed)
        this.#slotFreed = undefined
        resolve()
      }
      this.#slotFreed = freed
      signal.addEventListener('abort', freed)
    })
  }
}
