import { GoschedsError, type Schedules } from '@goscheds/core'
import type { SeededRandom } from '../clock/seeded-random.js'
import type { Host } from '../world/host.js'
import type { World } from '../world/world.js'
import { drawSchedule } from './schedule-rules.js'

/** What a schedule that has made its last fire is refused with. */
const IS_OVER = 'never fires again'

/** Those who put schedules, at the start of their application and later, and those who pause, resume, trigger and remove them. */
export class ScheduleKeepers {
  readonly #world: World
  readonly #random: SeededRandom
  /** The hosts on which somebody is about to change something. */
  readonly #changing = new Set<{ readonly host: Host }>()

  constructor(world: World, random: SeededRandom) {
    this.#world = world
    this.#random = random
  }

  /** `sometime`: calls it at a time drawn from the seed. */
  start(sometime: (act: () => void) => void): void {
    const { features, scheduleIds } = this.#world.settings
    if (!features.has('schedules')) return
    const random = this.#random
    for (const id of scheduleIds) {
      this.#world.clock.schedule(random.between(0, 5_000), () => this.#put(id))
      for (let count = random.int(0, 6); count > 0; count--) sometime(() => this.#command(id))
    }
  }

  /** Whether something may yet be put. */
  get isChanging(): boolean {
    return [...this.#changing].some(({ host }) => host.isAlive)
  }

  #put(id: string): void {
    const input = drawSchedule(this.#random, this.#world.settings, id, this.#world.clock.now)
    this.#world.fires.isPut(id, input)
    this.#tell((schedules) => schedules.put(input))
    // As the other instances of the application do at its start.
    if (this.#random.chance(0.5)) this.#tell((schedules) => schedules.put(input))
  }

  #command(id: string): void {
    const random = this.#random
    const draw = random.next()
    if (draw < 0.25) return this.#put(id)
    if (draw < 0.5) {
      this.#tell((schedules) => schedules.pause(id, 'for a while'))
      this.#world.clock.schedule(random.between(100, 8_000), () => {
        this.#tell(async (schedules) => {
          const { status } = await schedules.resume(id)
          if (status === 'resumed') this.#world.note('schedule resumed')
        })
      })
    } else if (draw < 0.8) this.#tell((schedules) => schedules.trigger(id))
    else if (draw < 0.9) {
      this.#tell((schedules) => schedules.remove(id))
      if (random.chance(0.7)) this.#world.clock.schedule(random.between(0, 3_000), () => this.#put(id))
    } else this.#tell((schedules) => schedules.get(id))
  }

  /** On one of the machines that are up, while there are faults. */
  #tell(command: (schedules: Schedules) => Promise<unknown>): void {
    const machine = this.#world.someMachine(this.#random, ({ services }) => services?.scheduler !== undefined)
    const { services, host } = machine ?? {}
    const scheduler = services?.scheduler
    if (scheduler === undefined || host === undefined) return
    host.deliver(() => {
      if (this.#world.network.isHealed) return
      const changing = { host }
      this.#changing.add(changing)
      void command(scheduler.schedules)
        .catch((error: unknown) => {
          const code = error instanceof GoschedsError ? error.code : undefined
          const isOver = code === 'INVALID_ARGUMENT' && String(error).includes(IS_OVER)
          if (isOver || code === 'INVALID_STATE' || code === 'STORE_FAILED' || code === 'STORE_TIMEOUT') return
          this.#world.report('schedules', error)
        })
        .finally(() => this.#changing.delete(changing))
    })
  }
}
