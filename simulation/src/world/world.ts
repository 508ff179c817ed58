import { HistoryRecorder } from '@goscheds/conformance/history'
import { GoschedsError, type Job, type Store } from '@goscheds/core'
import { CheckpointLedger } from '../asked/checkpoint-ledger.js'
import { FireLedger } from '../asked/fire-ledger.js'
import { noOccurrences, type Occurrence, type OccurrenceCounts } from '../asked/occurrences.js'
import { ResultWaits } from '../asked/result-waits.js'
import { SeededRandom } from '../clock/seeded-random.js'
import { VirtualClock } from '../clock/virtual-clock.js'
import { drawProfile, type FaultProfile, type TimedFault } from '../network/faults.js'
import { Network } from '../network/network.js'
import { NotReachedError } from '../network/remote-store.js'
import type { Host } from './host.js'
import type { Act } from './job-plan.js'
import { Machine, type Stopped } from './machine.js'
import { mark, type Surroundings } from './services.js'
import { drawSettings, type Settings } from './settings.js'

/** The store of a world. */
export interface OpenedStore {
  readonly store: Store
  /** The store for one host, when it depends on who calls: only a broken one does. */
  readonly asSeenBy?: (host: Host) => Store
}

/** Makes the store of a world; it may be a broken one. */
export type OpenStore = (clock: VirtualClock, random: SeededRandom) => OpenedStore

/** An error that a process told of. */
export interface SeenError {
  readonly at: number
  readonly process: string
  readonly code: string
  readonly message: string
}

/** Everything that one seed makes: a clock, a store, machines, what is wrong with them, and what was seen of them. */
export class World {
  readonly clock: VirtualClock
  readonly random: SeededRandom
  readonly settings: Settings
  readonly profile: FaultProfile
  readonly network: Network
  readonly store: Store
  readonly machines: readonly Machine[]
  readonly errors: SeenError[] = []
  readonly stopped: Stopped[] = []
  /** When the handler of each job was first called. */
  readonly firstStarts = new Map<string, number>()
  readonly ledger = new CheckpointLedger()
  readonly fires = new FireLedger()
  readonly results: ResultWaits
  readonly occurrences: OccurrenceCounts = noOccurrences()
  readonly inside: HistoryRecorder
  readonly outside: HistoryRecorder
  #isHealthy = false
  #isOver = false

  /** @param setsAside whether a wait of this store may set a job aside for the worker that waits */
  constructor(seed: number, openStore: OpenStore, setsAside: boolean) {
    const random = new SeededRandom(seed)
    this.random = random
    this.clock = new VirtualClock(random.fork())
    this.settings = drawSettings(random.fork())
    this.profile = drawProfile(random.fork())
    this.network = new Network(this.clock, random.fork(), this.profile)
    const { store, asSeenBy = () => store } = openStore(this.clock, random.fork())
    this.store = store
    const header = { store: this.store.kind, maxRecoveries: this.settings.maxRecoveries, notes: { seed } }
    const now = (): number => Math.floor(this.clock.now)
    const isWithoutEffect = (error: unknown): boolean => error instanceof NotReachedError
    this.inside = new HistoryRecorder({ now, header: { ...header, setsAside } })
    this.outside = new HistoryRecorder({ now, header, isWithoutEffect })
    const note = (kind: Occurrence): void => this.note(kind)
    this.results = new ResultWaits({ clock: this.clock, store: () => this.store, note })
    const surroundings = this.#surroundings(asSeenBy)
    const { clock, profile } = this
    const onStopped = (stopped: Stopped): void => void this.stopped.push(stopped)
    this.machines = this.settings.machines.map(
      (plan) => new Machine({ plan, clock, random: random.fork(), profile, surroundings, onStopped }),
    )
  }

  get isHealthy(): boolean {
    return this.#isHealthy
  }

  /** Starts every machine, and what is wrong with them. */
  start(): void {
    for (const machine of this.machines) machine.start()
    for (const [kind, meanMs] of this.profile.meanMs) this.#putIn(kind, meanMs)
  }

  /** Writes down that from here on every process is healthy. */
  markHealthy(): void {
    this.#isHealthy = true
    mark(this, { type: 'healthy', process: 'world' })
  }

  note(kind: Occurrence): void {
    this.occurrences[kind]++
  }

  /** The store as one sees it who stands beside it: no fault comes in between. */
  get operated(): Store {
    return this.outside.around(this.inside.around(this.store, 'world@store'), 'world')
  }

  /** Nothing is started any more. */
  end(): void {
    this.#isOver = true
  }

  /** One of the machines that are up and that `isFit`. */
  someMachine(random: SeededRandom, isFit: (machine: Machine) => boolean = () => true): Machine | undefined {
    return random.pick(this.machines.filter((machine) => machine.isUp && isFit(machine)))
  }

  report(process: string, error: unknown): void {
    const code = error instanceof GoschedsError ? error.code : 'NO_CODE'
    const message = error instanceof Error ? error.message : String(error)
    this.errors.push({ at: Math.floor(this.clock.now), process, code, message })
  }

  /** At random times, until the network is healed. */
  #putIn(kind: TimedFault, meanMs: number): void {
    const { clock, random, network } = this
    clock.schedule(random.until(meanMs), () => {
      if (network.isHealed) return
      this.#putInOne(kind)
      this.#putIn(kind, meanMs)
    })
  }

  #putInOne(kind: TimedFault): void {
    const { random, network, settings } = this
    if (kind === 'outage') return network.breakFor(random.between(100, 20_000))
    const machine = this.someMachine(random)
    if (machine === undefined) return
    network.count(kind)
    if (kind === 'pause') {
      machine.pause(random.chance(0.5) ? random.between(10, 1_000) : settings.leaseMs * random.between(0.5, 2))
    } else if (kind === 'crash') machine.host?.crash()
    else if (kind === 'clock step') machine.host?.stepClock(random.int(-600_000, 600_000))
    else void machine.stop(random.pick([0, 1_000, 10_000]))
  }

  #surroundings(storeFor: (host: Host) => Store): Surroundings {
    const { network, settings, inside, outside, ledger, results } = this
    return {
      ...{ network, settings, storeFor, inside, outside, ledger, results },
      snoozes: new Map(),
      storeNow: () => this.clock.now,
      note: (kind) => this.note(kind),
      isHealthy: () => this.#isHealthy,
      isOver: () => this.#isOver,
      onStart: (job: Job<Act>) => {
        const { id } = job
        this.fires.begins(job, this.clock.now)
        if (!this.firstStarts.has(id)) this.firstStarts.set(id, this.clock.now)
      },
      onError: (process, error) => this.report(process, error),
    }
  }
}
