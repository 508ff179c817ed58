import type { JobState, Lease, Store, StoredJob, StoredSchedule } from '@goscheds/core'
import { ManualClock, MemoryStore } from '@goscheds/memory'
import type { StoreHarness } from '../harness.js'
import { firstDifference } from './first-difference.js'
import { type Draws, Generations } from './generations.js'
import { LeaseBook } from './lease-book.js'
import { everyId, everyName, unusedName } from './pools.js'
import { RevisionBook } from './revision-book.js'
import { SetAside } from './set-aside.js'
import { ModelMismatch, type Step } from './trace.js'

/** Which of the two stores a call is for: leases differ, as each store draws its own generations. */
export type Side = 'model' | 'store'

/** What a call brought on either side, after it was found to agree. */
export interface Outcomes<T> {
  readonly model: T
  readonly store: T
}

/** A memory store and the store under test, both at the same instant, doing the same things. */
export class Comparison {
  /** Every lease that was ever handed out. */
  readonly leases = new LeaseBook()
  readonly aside = new SetAside()
  /** By name, until when something may hold it that a time ends, as far as a call has told. */
  readonly heldUntil = new Map<string, number>()
  /** Every revision that was ever drawn. */
  readonly revisions = new RevisionBook()
  readonly steps: Step[] = []
  readonly #model: MemoryStore
  readonly #clock: ManualClock
  readonly #harness: StoreHarness
  readonly #draws: Draws = { generation: new Generations(), revision: new Generations() }

  /** `now`: the clock of the harness, where the model's clock starts. */
  constructor(harness: StoreHarness, now: number) {
    this.#harness = harness
    this.#clock = new ManualClock({ startAt: new Date(now) })
    this.#model = new MemoryStore({ clock: this.#clock })
  }

  /** The clock of both. */
  get now(): number {
    return this.#clock.now()
  }

  /** Whether the store carries out what only some do of what jobs ask for. */
  get jobOptions(): boolean {
    return this.#harness.store.capabilities.jobOptions
  }

  /** Whether the store holds names to limits, and for a time. */
  get limits(): boolean {
    return this.#harness.store.capabilities.limits
  }

  /** Whether the store serves groups. */
  get groups(): boolean {
    return this.#harness.store.capabilities.groups
  }

  /** Whether the store carries out schedules. */
  get schedules(): boolean {
    return this.#harness.store.capabilities.schedules
  }

  /**
   * Makes a call on both stores and compares what comes back. `asked` describes the call.
   * @throws ModelMismatch when the outcomes do not agree, or the store rejects
   */
  async both<T>(asked: () => string, call: (store: Store, side: Side) => Promise<T>): Promise<Outcomes<T>> {
    const step: Step = { asked }
    this.steps.push(step)
    const model = await call(this.#model, 'model')
    step.model = model
    const store = await this.#ofStore(step, (of) => call(of, 'store'))
    const difference = firstDifference(model, store, this.#draws)
    if (difference !== undefined) throw this.#mismatch(step, difference)
    return { model, store }
  }

  /** Makes a call on the store alone: for what it has to say of itself. */
  async alone<T>(asked: () => string, call: (store: Store) => Promise<T>): Promise<T> {
    const step: Step = { asked }
    this.steps.push(step)
    return this.#ofStore(step, call)
  }

  /** For what the contract says of the store alone, about its last call. */
  expect(isTrue: boolean, otherwise: string): void {
    const step = this.steps.at(-1)
    if (!isTrue && step !== undefined) throw this.#mismatch(step, otherwise)
  }

  /** Moves both clocks forward. */
  async advance(ms: number): Promise<void> {
    const to = this.now + ms
    this.steps.push({ asked: () => `advance ${ms} ms, to ${new Date(to).toISOString()}` })
    await this.#clock.advance(ms)
    await this.#harness.advance(ms)
  }

  /** The jobs as the model has them, of every id there is. */
  async jobs(): Promise<StoredJob[]> {
    return (await this.#model.get({ ids: everyId })).filter((job) => job !== null)
  }

  /** The jobs of a state as the model has them, of every name. */
  async jobsIn(state: JobState): Promise<StoredJob[]> {
    return (await this.jobs()).filter((job) => job.state === state)
  }

  /** The schedules as the model has them. */
  async everySchedule(): Promise<readonly StoredSchedule[]> {
    return (await this.#model.listSchedules({ limit: 1_000 })).schedules
  }

  /** Whether claims of this name are held, as the model has it. */
  async isPaused(name: string): Promise<boolean> {
    const [counts] = await this.#model.counts({ names: [name] })
    return counts?.paused ?? false
  }

  /** The names that are held to something, as the model has them. */
  async limitedNames(): Promise<string[]> {
    const counts = await this.#model.counts({ names: [...everyName, unusedName] })
    return counts.filter(({ limits }) => limits !== undefined).map(({ name }) => name)
  }

  /** Whether claims of any name are held. */
  async isAnyPaused(): Promise<boolean> {
    return (await this.#model.counts({ names: [...everyName, unusedName] })).some(({ paused }) => paused)
  }

  /** The leases that are current, longest held first, on both sides. */
  async currentLeases(): Promise<Outcomes<Lease>[]> {
    return this.leases.currentOf(await this.jobsIn('active'))
  }

  async #ofStore<T>(step: Step, call: (store: Store) => Promise<T>): Promise<T> {
    try {
      const outcome = await call(this.#harness.store)
      step.store = outcome
      return outcome
    } catch (cause) {
      throw this.#mismatch(step, `the store rejected: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
    }
  }

  #mismatch(step: Step, difference: string, cause?: unknown): ModelMismatch {
    step.difference = difference
    return new ModelMismatch(difference, this.steps, cause)
  }
}
