import type { ClaimedJob } from '../contract/job.js'
import type { ClaimResult } from '../contract/outcomes.js'
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

/**
 * With so many slots free a lane whose queue is long claims again before the last claim was answered: with fewer the further
 * calls cost more than what store and handlers gain by working at the same time.
 */
const AHEAD_FROM = 32

/** A claim that was sent. */
interface SentClaim {
  readonly limit: number
  /** Monotonic time. */
  readonly sentAt: number
  readonly answer: Promise<ClaimResult>
}

/** A claim that was answered. */
interface Answer {
  readonly limit: number
  /** Monotonic time from which its leases count. */
  readonly grantedAt: number
  readonly result: ClaimResult
}

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
 * it waits for the store to say that there is something. While the queue is long and handlers are quick it keeps two
 * claims of half its slots under way, so that store and handlers work at the same time.
 */
export class Lane {
  readonly #options: LaneOptions
  readonly #loop: Loop
  #active = 0
  /** Slots that claims under way may fill. */
  #askedFor = 0
  /** Whether the last claim brought all that it asked for. */
  #isLong = false
  #ahead: SentClaim | undefined
  /** The last answer, if it brought all there was: then it is time to wait. */
  #emptied: Answer | undefined
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
    await this.#letGoOfAhead()
  }

  async #step(signal: AbortSignal): Promise<number> {
    const emptied = this.#emptied
    this.#emptied = undefined
    try {
      const answer = await (emptied === undefined ? this.#claim(signal) : this.#wait(emptied, signal))
      if (answer !== undefined && (await this.#take(answer, signal))) this.#emptied = answer
      return 0
    } catch (error) {
      // There will be a pause, through which the leases of these jobs would run.
      await this.#letGoOfAhead()
      throw error
    }
  }

  async #letGoOfAhead(): Promise<void> {
    const ahead = this.#ahead
    this.#ahead = undefined
    if (ahead === undefined) return
    try {
      this.#options.giveBack((await this.#answered(ahead)).result.jobs)
    } catch (error) {
      this.#options.onError(error)
    }
  }

  async #claim(signal: AbortSignal): Promise<Answer | undefined> {
    const sent = this.#ahead ?? this.#send()
    this.#ahead = undefined
    if (sent === undefined) {
      await this.#waitForSlot(signal)
      return undefined
    }
    if (this.#isLong && this.#freeSlots() >= AHEAD_FROM) this.#ahead = this.#send()
    return this.#answered(sent)
  }

  #send(): SentClaim | undefined {
    const { name, worker, leaseMs, runtime, calls, giveBack, concurrency } = this.#options
    const free = this.#freeSlots()
    if (free === 0) return undefined
    const isShared = this.#isLong && concurrency >= 2 * AHEAD_FROM
    const limit = isShared ? Math.min(free, Math.ceil(concurrency / 2)) : free
    this.#held.claiming()
    this.#askedFor += limit
    const sentAt = runtime.monotonic()
    const answer = calls.call('claim', (store) => store.claim({ name, worker, limit, leaseMs }), {
      onLate: (late) => giveBack(late.jobs),
    })
    // Whoever takes the answer hears of the failure.
    answer.catch(() => {})
    return { limit, sentAt, answer }
  }

  async #answered({ limit, sentAt, answer }: SentClaim): Promise<Answer> {
    try {
      return { limit, grantedAt: sentAt, result: await answer }
    } finally {
      this.#askedFor -= limit
    }
  }

  /** Starts what was claimed. Resolves to whether that was all there was. */
  async #take({ limit, grantedAt, result }: Answer, signal: AbortSignal): Promise<boolean> {
    const { leaseMs, runtime, giveBack, run, onClaimed } = this.#options
    const { jobs, more, held, heldForMs, setAside } = result
    if (signal.aborted) {
      giveBack(jobs)
      return false
    }
    const tookMs = runtime.monotonic() - grantedAt
    if (jobs.length > 0 && tookMs >= leaseMs * ABORT_AFTER) {
      giveBack(jobs)
      const message = `store.claim() took ${Math.round(tookMs)} ms of a lease of ${leaseMs}: its jobs are given back`
      throw new GoschedsError('STORE_TIMEOUT', message)
    }
    this.#isLong = jobs.length === limit
    const hasAll = jobs.length < limit && !more && held === undefined
    // Before the first runs, as those whose handlers return at once end right here.
    this.#active += jobs.length
    for (const job of jobs) run(job, grantedAt)
    onClaimed(jobs, hasAll && setAside !== true)
    if (this.#ahead !== undefined) return false
    if (held !== undefined) {
      // Not in the store: what became ready would be set aside for this worker.
      await this.#held.wait({ held, heldForMs, broughtNone: jobs.length === 0 }, signal)
    }
    return hasAll
  }

  /** Waits in the store until there is something. Resolves to what it claimed right away, if it does so. */
  async #wait({ result: { heldForMs, jobs } }: Answer, signal: AbortSignal): Promise<Answer | undefined> {
    const { name, worker, leaseMs, runtime, calls, giveBack } = this.#options
    const limit = this.#freeSlots()
    if (limit === 0) return undefined
    const pauseMs = heldForMs === undefined ? WAIT_MS : this.#held.groupsPauseMs(heldForMs, jobs.length === 0)
    const timeoutMs = Math.min(WAIT_MS, wholeMs(pauseMs))
    const input = { name, worker, timeoutMs, signal, claim: { limit, leaseMs } }
    this.#held.claiming()
    const sentAt = runtime.monotonic()
    const result = await calls.call('waitForReady', (store) => store.waitForReady(input), {
      waitsMs: timeoutMs,
      onLate: (late) => giveBack(late?.jobs ?? []),
    })
    if (!result) return undefined
    const grantedAt = Math.min(sentAt + result.waitedMs, runtime.monotonic())
    return { limit, grantedAt, result }
  }

  #freeSlots(): number {
    const { concurrency, unsettled } = this.#options
    return Math.max(0, Math.min(concurrency - this.#active - this.#askedFor, MAX_UNSETTLED - unsettled(), MAX_CLAIM))
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
