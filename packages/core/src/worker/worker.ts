import type { ClaimedJob } from '../contract/job.js'
import type { StoreHint } from '../contract/store.js'
import { GoschedsError, InvalidArgumentError } from '../errors.js'
import type { BackoffFunction } from '../job/backoff.js'
import { checkName, checkNumber, checkOptions, checkTimer, show } from '../job/checks.js'
import { asDefinition, type JobDefinition } from '../job/definition.js'
import type { Handler } from '../job/handler.js'
import { Emitter } from '../service/emitter.js'
import { HintSubscription } from '../service/hint-subscription.js'
import { Loop } from '../service/loop.js'
import { type ServiceOptions, type ServiceSettings, toSettings } from '../service/settings.js'
import { sleep } from '../service/sleep.js'
import { StoreCalls } from '../service/store-calls.js'
import { Attempt } from './attempt.js'
import type { AttemptEnd } from './attempt-end.js'
import type { AttemptEnvironment, Registration } from './attempt-environment.js'
import { Endings } from './endings.js'
import { IdleWatch } from './idle-watch.js'
import { Lane } from './lane.js'
import { LeaseKeeper } from './lease-keeper.js'
import { Reporter } from './reporter.js'
import { Settler } from './settler.js'
import { SoloGate } from './solo-gate.js'
import { StartGate } from './start-gate.js'
import { WORKER_EVENT_NAMES, type WorkerEvents } from './worker-events.js'

const HEARTBEAT_MS = 10_000
const HEARTBEAT_TTL_MS = 30_000
const DEFAULT_GRACE_MS = 20_000

/** For about so long a job that is to run alone goes back while another one does. */
const SOLO_DELAY_MS = 1_000

/** Options of a {@link Worker}. */
export interface WorkerOptions extends ServiceOptions {
  /** How many jobs of one handler run at once, unless the handler says otherwise. 1 to 10,000; default 10. */
  readonly concurrency?: number | undefined
  /**
   * How long a claim holds without renewal, in milliseconds: so long a job waits when its worker dies.
   * Renewed at a third of it while the handler runs. 100 or more; default 30,000.
   */
  readonly leaseMs?: number | undefined
}

/** Options of one handler. */
export interface HandlerOptions {
  /** How many jobs of this name run at once in this worker. Default: the worker's. */
  readonly concurrency?: number | undefined
  /** How long to wait before each further attempt, in place of the definition's and the job's own back-off. */
  readonly backoff?: BackoffFunction | undefined
}

/** The state of a Worker, for health checks. */
export interface WorkerHealth {
  readonly id: string
  readonly running: boolean
  /** Whether the last call of the store that ended was answered; false before the first. */
  readonly connected: boolean
  /** When a call of the store last succeeded; `null` before the first. */
  readonly lastSuccessAt: Date | null
  readonly lanes: readonly { readonly name: string; readonly active: number; readonly concurrency: number }[]
  /** Jobs that run now, in all lanes. */
  readonly inFlight: number
  /**
   * How late the job was that was last claimed for the first time: from its `executeAt` to the claim, by the store's
   * clock, in milliseconds. `null` before the first.
   */
  readonly lagMs: number | null
  /** Jobs whose handler has ended and whose outcome the store does not have yet. */
  readonly unsettled: number
}

const OPTION_NAMES = ['concurrency', 'leaseMs']
const MIN_LEASE_MS = 100

/**
 * Claims jobs of the names it has handlers for and runs them, each under a lease that it renews. Any
 * number of workers may share a store.
 */
export class Worker implements AsyncDisposable {
  readonly #settings: ServiceSettings
  readonly #calls: StoreCalls
  readonly #events: Emitter<WorkerEvents>
  readonly #concurrency: number
  readonly #leaseMs: number
  readonly #id: string
  readonly #lanes = new Map<string, Lane>()
  /** Attempts that have not ended. */
  #running = 0
  /** Called when the last of them has ended. */
  #onNoneRun: (() => void) | undefined
  readonly #leases: LeaseKeeper
  readonly #settler: Settler
  readonly #endings: Endings
  readonly #heartbeat: Loop
  readonly #hints: HintSubscription
  readonly #gate: StartGate<Attempt>
  readonly #solo = new SoloGate()
  readonly #idleWatch: IdleWatch
  readonly #environment: AttemptEnvironment
  #lagMs: number | null = null
  #state: 'idle' | 'running' | 'stopped' = 'idle'
  #stopped: Promise<void> | undefined

  /** @throws InvalidArgumentError naming the option that is wrong or unknown */
  constructor(options: WorkerOptions) {
    this.#settings = toSettings('Worker', options, OPTION_NAMES)
    this.#concurrency = checkConcurrency(options.concurrency ?? 10)
    this.#leaseMs = checkTimer('leaseMs', options.leaseMs ?? 30_000, MIN_LEASE_MS)
    const { store, runtime, storeTimeoutMs, logger } = this.#settings
    this.#id = runtime.newId()
    this.#calls = new StoreCalls(store, runtime, storeTimeoutMs)
    this.#events = new Emitter(logger, WORKER_EVENT_NAMES)

    const calls = this.#calls
    const onError = (error: unknown): void => this.#events.fault(error)
    this.#leases = new LeaseKeeper({ runtime, calls, leaseMs: this.#leaseMs, onError })
    this.#settler = new Settler({ runtime, calls, leaseMs: this.#leaseMs, onError })
    this.#gate = new StartGate(runtime, (attempt) => {
      this.#leases.check(attempt)
      attempt.run()
    })
    this.#heartbeat = new Loop({ runtime, onError, step: () => this.#beat() })
    this.#hints = new HintSubscription({
      runtime,
      calls,
      onError,
      onHint: (hint) => this.#onHint(hint),
    })
    this.#idleWatch = new IdleWatch({
      isBusy: () => this.#running > 0 || this.#endings.underWay > 0,
      onDrained: (name) => this.#events.emit('drained', { name }),
      onIdle: () => this.#events.emit('idle', {}),
    })
    this.#endings = new Endings({
      ...{ settler: this.#settler, leases: this.#leases, events: this.#events },
      onSettled: ({ name }) => {
        this.#lanes.get(name)?.settled()
        this.#idleWatch.settled()
      },
    })
    this.#environment = {
      ...{ codec: this.#settings.codec, runtime, reporter: new Reporter(calls) },
      holdsNames: store.capabilities.limits,
      isStopping: () => this.#state === 'stopped',
      onFault: onError,
      listener: {
        started: (job) => this.#events.emit('started', { job }),
        ended: (attempt, end) => this.#ended(attempt, end),
      },
    }
  }

  /** Identifies this start of this worker, in `inspector.workers()` and in logs: unique, and never a host name. */
  get id(): string {
    return this.#id
  }

  /**
   * Registers the handler of a job name; a running worker begins to claim at once. With a name alone, say what the
   * args are: `registerHandler<{ to: string }>('email', …)`; with a definition the types follow from it.
   * @throws `DUPLICATE_HANDLER` when the name has one already, `INVALID_ARGUMENT`, `INVALID_STATE` after `stop()`
   */
  registerHandler<Args, Result, Parsed>(
    definition: JobDefinition<Args, Result, Parsed>,
    handler: Handler<Parsed, Result>,
    options?: HandlerOptions,
  ): this
  registerHandler<Args = unknown>(name: string, handler: Handler<Args>, options?: HandlerOptions): this
  registerHandler(target: string | JobDefinition, handler: Handler<never>, options: HandlerOptions = {}): this {
    this.#refuseWhenStopped()
    const definition = asDefinition(target)
    const name = checkName('name', definition?.name ?? target)
    if (typeof handler !== 'function') throw new InvalidArgumentError(`the handler of '${name}' must be a function`)
    checkOptions('handler options', options, ['concurrency', 'backoff'])
    if (options.backoff !== undefined && typeof options.backoff !== 'function') {
      const advice = 'as data give it to defineJob or push'
      throw new InvalidArgumentError(
        `the backoff of a handler must be a function; ${advice}, got ${show(options.backoff)}`,
      )
    }
    if (this.#lanes.has(name)) {
      throw new GoschedsError('DUPLICATE_HANDLER', `this worker has a handler for '${name}' already`)
    }
    const lane = this.#makeLane({
      name,
      handler,
      concurrency: checkConcurrency(options.concurrency ?? this.#concurrency),
      argsSchema: definition?.argsSchema,
      resultSchema: definition?.resultSchema,
      backoff: options.backoff ?? definition?.backoff,
    })
    this.#lanes.set(name, lane)
    this.#idleWatch.watch(name)
    if (this.#state === 'running') lane.start()
    return this
  }

  /** Begins to claim. Does nothing when it runs already. @throws `INVALID_STATE` after `stop()` */
  start(): void {
    this.#refuseWhenStopped()
    this.#state = 'running'
    this.#leases.start()
    this.#heartbeat.start()
    this.#hints.start()
    for (const lane of this.#lanes.values()) lane.start()
  }

  /**
   * Stops claiming, gives back what was popped, waits up to `graceMs` (default 20,000) for handlers to
   * end, then aborts their signals; one that has not ended a second later is left behind and its job
   * released. Interrupted jobs keep their attempt. Resolves when nothing is held any more, or, when the store
   * hangs, after `graceMs`, that second and one `storeTimeoutMs`: reapers then find what it holds. Safe to call
   * twice: the second call waits for the first. The store stays open. A handler must not await it: it would
   * wait for itself until the grace is over.
   */
  async stop(options: { readonly graceMs?: number | undefined } = {}): Promise<void> {
    checkOptions('stop options', options, ['graceMs'])
    const graceMs = checkTimer('graceMs', options.graceMs ?? DEFAULT_GRACE_MS)
    this.#stopped ??= this.#stop(graceMs)
    await this.#stopped
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  on<Name extends keyof WorkerEvents>(name: Name, listener: (event: WorkerEvents[Name]) => void): this {
    this.#events.on(name, listener)
    return this
  }

  off<Name extends keyof WorkerEvents>(name: Name, listener: (event: WorkerEvents[Name]) => void): this {
    this.#events.off(name, listener)
    return this
  }

  health(): WorkerHealth {
    const { lastSuccessAt, connected } = this.#calls
    return {
      id: this.#id,
      running: this.#state === 'running',
      connected,
      inFlight: this.#running,
      lagMs: this.#lagMs,
      lastSuccessAt: lastSuccessAt === null ? null : new Date(lastSuccessAt),
      lanes: this.#describeLanes(),
      unsettled: this.#settler.pending,
    }
  }

  async #stop(graceMs: number): Promise<void> {
    const wasRunning = this.#state === 'running'
    this.#state = 'stopped'
    if (!wasRunning) return
    const claimingEnded = this.#stopClaiming()
    await this.#attemptsEnd(graceMs)
    for (const attempt of [...this.#leases.held]) attempt.abort('WORKER_STOPPING')
    await this.#attemptsEnd(Infinity)
    const { runtime, storeTimeoutMs } = this.#settings
    // A store that hangs must not keep the process from ending: what it has not answered by then is left to it.
    const allEnded = new AbortController()
    void claimingEnded.then(() => this.#letGo()).then(() => allEnded.abort())
    await sleep(runtime, storeTimeoutMs, allEnded.signal)
  }

  async #stopClaiming(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()))
    await this.#calls.overdueEnd()
    await this.#leave()
    // Leaving has removed its record; while handlers run it is still there to be seen.
    this.#heartbeat.wake()
  }

  async #letGo(): Promise<void> {
    const { runtime, storeTimeoutMs } = this.#settings
    await this.#settler.flush(storeTimeoutMs)
    // What the last settlements announce comes before the end of stop().
    await sleep(runtime, 0)
    await Promise.all([this.#leases.stop(), this.#heartbeat.stop(), this.#survive(this.#hints.stop())])
    await this.#leave()
  }

  async #leave(): Promise<void> {
    // A store that was never reached holds nothing of this worker.
    if (this.#calls.lastSuccessAt === null) return
    await this.#survive(this.#calls.call('leave', (store) => store.leave({ worker: this.#id })))
  }

  /** Waits for the running handlers. Each has ended a second after its abort, so Infinity is bounded then. */
  async #attemptsEnd(withinMs: number): Promise<void> {
    if (this.#running === 0) return
    const ended = new AbortController()
    this.#onNoneRun = () => ended.abort()
    await sleep(this.#settings.runtime, withinMs, ended.signal)
  }

  async #survive(step: Promise<unknown>): Promise<void> {
    try {
      await step
    } catch (error) {
      this.#events.fault(error)
    }
  }

  #makeLane(registration: Registration): Lane {
    const { runtime } = this.#settings
    return new Lane({
      name: registration.name,
      worker: this.#id,
      concurrency: registration.concurrency,
      leaseMs: this.#leaseMs,
      runtime,
      calls: this.#calls,
      run: (claimed, sentAt) => this.#run(claimed, sentAt, registration),
      giveBack: (jobs) => {
        const settlement = { type: 'released', delayMs: 0 } as const
        for (const lease of jobs) void this.#survive(this.#settler.settle({ lease, settlement }))
      },
      unsettled: () => this.#settler.pending,
      onClaimed: (jobs, isEmpty) => {
        this.#noteLag(jobs)
        this.#idleWatch.claimed(registration.name, jobs.length, isEmpty)
      },
      onError: (error) => this.#events.fault(error),
    })
  }

  #run(claimed: ClaimedJob, sentAt: number, registration: Registration): void {
    const attempt = new Attempt(claimed, sentAt, registration, this.#environment)
    this.#leases.hold(attempt)
    if (this.#solo.refuses(claimed)) {
      this.#sendBack(attempt)
      this.#lanes.get(claimed.name)?.ended()
      return
    }
    this.#running++
    if (this.#solo.runsAlone(claimed)) {
      void this.#solo.othersAreGone(attempt.signal).then(() => this.#gate.begin(attempt))
    } else this.#gate.begin(attempt)
  }

  #ended(attempt: Attempt, end: AttemptEnd): void {
    if (--this.#running === 0) this.#onNoneRun?.()
    // The next one may kill the process at once, and what this one came to must be stored by then.
    const leave = this.#solo.runsAlone(attempt.claimed) ? (): void => this.#solo.leave() : undefined
    this.#endings.settle(attempt, end, leave)
    this.#lanes.get(attempt.lease.name)?.ended()
  }

  /** For another worker, or for later: one of its kind runs here already. */
  #sendBack(attempt: Attempt): void {
    const delayMs = Math.ceil(SOLO_DELAY_MS * (0.5 + this.#settings.runtime.random()))
    attempt.skip()
    const end: AttemptEnd = { settlement: { type: 'released', delayMs }, value: undefined }
    this.#solo.goesBack(new Promise<void>((resolve) => this.#endings.settle(attempt, end, resolve)))
  }

  #onHint(hint: StoreHint): void {
    if (hint.type === 'cancel') this.#leases.askAbout(hint.id)
    if (hint.type !== 'control') return
    for (const lane of this.#lanes.values()) if ((hint.name ?? lane.name) === lane.name) lane.lookAgain()
  }

  #noteLag(jobs: readonly ClaimedJob[]): void {
    const fresh = jobs.find(({ fence }) => fence.claim === 1)
    if (fresh !== undefined) this.#lagMs = Math.max(0, fresh.claimedAt - fresh.executeAt)
  }

  async #beat(): Promise<number> {
    const report = { worker: this.#id, lanes: this.#describeLanes() }
    await this.#calls.call('heartbeat', (store) => store.heartbeat({ report, ttlMs: HEARTBEAT_TTL_MS }))
    return HEARTBEAT_MS
  }

  #describeLanes(): { name: string; active: number; concurrency: number }[] {
    return [...this.#lanes.values()].map(({ name, active, concurrency }) => ({ name, active, concurrency }))
  }

  #refuseWhenStopped(): void {
    if (this.#state === 'stopped')
      throw new GoschedsError('INVALID_STATE', 'this Worker has been stopped; make a new one')
  }
}

function checkConcurrency(value: unknown): number {
  return checkNumber('concurrency', value, { min: 1, max: 10_000 })
}
