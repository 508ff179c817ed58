import { GoschedsError, type Inspector, type JobState } from '@goscheds/core'
import type { SeededRandom } from '../clock/seeded-random.js'
import type { Host } from './host.js'
import { drawLimits } from '../asked/limits.js'
import type { World } from './world.js'

const FINISHED = ['completed', 'dead', 'cancelled'] as const

/** What operators command, at times drawn from the seed. */
export class Operators {
  readonly #world: World
  readonly #random: SeededRandom
  /** Jobs that a command may be for. */
  readonly #ids: readonly string[]
  readonly #hasKillers: boolean
  /** The hosts on which somebody is about to pause or limit something. */
  readonly #holding = new Set<{ readonly host: Host }>()

  constructor(world: World, random: SeededRandom, ids: readonly string[]) {
    this.#world = world
    this.#random = random
    this.#ids = ids
    this.#hasKillers = world.settings.killers > 0
  }

  /** `sometime`: calls it at a time drawn from the seed. */
  start(sometime: (act: () => void) => void): void {
    const { commands, features } = this.#world.settings
    for (let count = 0; count < commands; count++) sometime(() => this.#command())
    if (features.has('pauses')) {
      for (let count = this.#random.int(1, 4); count > 0; count--) sometime(() => this.#pause())
    }
    if (features.has('limits')) {
      for (let count = this.#random.int(2, 6); count > 0; count--) sometime(() => this.#setLimits())
    }
  }

  /** Whether a pause or a limit may yet come. */
  get isHolding(): boolean {
    return [...this.#holding].some(({ host }) => host.isAlive)
  }

  /** Cancels a job of which somebody waits for the result. */
  cancelSoon(id: string): void {
    const { clock } = this.#world
    clock.schedule(this.#random.between(0, 3_000), () => this.#tell((inspector) => inspector.cancel(id)))
  }

  #command(): void {
    const id = this.#random.pick(this.#ids)
    const name = this.#random.pick(this.#world.settings.names)
    if (id !== undefined && name !== undefined) this.#tell((inspector) => this.#drawCommand(inspector, id, name)())
  }

  /** And resumes: which may fail, and then it is left to the recovery. */
  #pause(): void {
    const { clock, settings } = this.#world
    const name = this.#random.chance(0.7) ? this.#random.pick(settings.names) : undefined
    this.#hold((inspector) => inspector.pause(name))
    clock.schedule(this.#random.between(100, 8_000), () => this.#tell((inspector) => inspector.resume(name)))
  }

  /** Lifted by another, or by the recovery. */
  #setLimits(): void {
    const { settings } = this.#world
    const name = this.#random.pick(settings.names)
    if (name === undefined) return
    const limits = drawLimits(this.#random, settings)
    this.#hold((inspector) => inspector.setLimits(name, limits))
  }

  #hold(command: (inspector: Inspector) => Promise<unknown>): void {
    this.#tell(async (inspector, host) => {
      const holding = { host }
      this.#holding.add(holding)
      await command(inspector).finally(() => this.#holding.delete(holding))
    })
  }

  /** On one of the machines that are up, while there are faults. */
  #tell(command: (inspector: Inspector, host: Host) => Promise<unknown>): void {
    const { services, host } = this.#world.someMachine(this.#random) ?? {}
    if (services === undefined || host === undefined) return
    host.deliver(() => {
      if (this.#world.network.isHealed) return
      command(services.inspector, host).catch((error: unknown) => {
        const code = error instanceof GoschedsError ? error.code : undefined
        if (code !== 'STORE_FAILED' && code !== 'STORE_TIMEOUT') this.#world.report('inspector', error)
      })
    })
  }

  #drawCommand(inspector: Inspector, id: string, name: string): () => Promise<unknown> {
    const random = this.#random
    const delayMs = random.int(0, 10_000)
    const state: Exclude<JobState, 'active'> = random.pick(FINISHED)
    const executeAt = new Date(Math.floor(this.#world.clock.now) + delayMs - 2_000)
    return (
      random.pick([
        () => inspector.cancel(id),
        () => inspector.cancel(id),
        () => inspector.reschedule(id, { delayMs }),
        () => inspector.reschedule(id, { executeAt }),
        () => inspector.remove(id),
        () => inspector.redrive(id),
        () => inspector.redrive(id),
        () => this.#unlessKillers(() => inspector.redriveAll(name)),
        () => this.#unlessKillers(() => this.#redriveAll(inspector)),
        () => this.#unlessKillers(() => inspector.purge(name, state)),
        () => inspector.list({ name, state, limit: 3 }),
        () => inspector.get(id),
      ]) ?? (() => inspector.get(id))
    )
  }

  async #redriveAll(inspector: Inspector): Promise<void> {
    if ((await inspector.redriveAll()) > 0) this.#world.note('redrive of all names')
  }

  /** What sweeps over all jobs of a name would take killers along. */
  async #unlessKillers(sweep: () => Promise<unknown>): Promise<unknown> {
    return this.#hasKillers ? undefined : sweep()
  }
}
