import { Scheduler, type Store } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import { SeededRandom } from '../clock/seeded-random.js'
import { VirtualClock } from '../clock/virtual-clock.js'
import type { FaultCounts, FaultProfile } from '../network/faults.js'
import { Network } from '../network/network.js'
import { checkFires, type FireFigures, NO_FIRES, together } from './check-fires.js'
import { Consumer } from './consumer.js'
import { FireLog } from './fire-log.js'
import { Machine } from './machine.js'
import { plans } from './plans.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A run in which everybody may take so long, at the end, to be up again and to have caught up. */
const CALM_MS = 2 * DAY_MS

/** So many things happen in a day at the most; far more means that something goes round in circles. */
const EVENTS_PER_DAY = 100_000

/** What is wrong between the schedulers and their store; calls only, as the machines crash by themselves. */
const PROFILE: FaultProfile = {
  latencyMs: 20,
  calls: new Map([
    ['slow request', 0.03],
    ['slow reply', 0.03],
    ['error before the effect', 0.05],
    ['lost reply', 0.05],
    ['no answer, no effect', 0.01],
    ['no answer, effect', 0.01],
    ['duplicate delivery', 0.05],
    ['late effect', 0.02],
    ['crash before the effect', 0.0005],
    ['crash after the effect', 0.0005],
  ]),
  dropHint: 0.3,
  meanMs: new Map(),
  isSkewed: true,
  isDrifting: true,
}

/** What to run. */
export interface DaysOptions {
  readonly seed: number
  readonly days: number
  /** Puts a fault into the store, for the controls. */
  readonly breakStore?: (store: Store) => Store
}

/** What a run brought. */
export interface DaysResult {
  readonly wrong: readonly string[]
  readonly figures: Readonly<FireFigures>
  readonly faults: FaultCounts
  readonly crashes: number
  readonly events: number
  readonly jobsEnded: number
}

/** Two machines with a Scheduler each, that crash at random, fire schedules of every overlap policy for so many virtual days. */
export async function runDays({ seed, days, breakStore = (store) => store }: DaysOptions): Promise<DaysResult> {
  const random = new SeededRandom(seed)
  const clock = new VirtualClock(random.fork(), (days + 30) * EVENTS_PER_DAY)
  const network = new Network(clock, random.fork(), PROFILE)
  const memory = new MemoryStore({ clock: clock.asStoreClock() })
  const log = new FireLog(breakStore(memory), () => clock.now)
  const consumer = new Consumer(memory, clock, random.fork())
  const producer = new Scheduler({ store: memory, runtime: clock.asStoreClock() })
  for (const { input } of plans) await producer.schedules.put(input)
  const putAt = clock.now
  const machines = ['a', 'b'].map(
    (name) => new Machine({ name, clock, network, random: random.fork(), store: log.store }),
  )
  for (const machine of machines) machine.start()
  const outages = new Outages(clock, random.fork(), machines)
  outages.start()
  consumer.start()

  await clock.run(days * DAY_MS)
  network.heal()
  outages.end()
  await clock.run(CALM_MS)
  const endedAt = clock.now
  const crashes = machines.reduce((sum, machine) => sum + machine.crashes, 0)
  for (const machine of machines) machine.crash()

  const { schedules } = await memory.listSchedules({ limit: 1_000 })
  const checked = plans.map((plan) => {
    const stored = schedules.find(({ id }) => id === plan.input.id)
    if (stored === undefined) return { wrong: [`${plan.input.id} is gone`], figures: NO_FIRES }
    return checkFires(plan, log.fires, { putAt, endedAt, stored })
  })
  const late = machines.flatMap(({ errors }) => errors)
  return {
    wrong: [...checked.flatMap(({ wrong }) => wrong), ...consumer.wrong, ...late],
    figures: together(checked.map(({ figures }) => figures)),
    ...{ faults: network.counts, crashes },
    ...{ events: clock.fired, jobsEnded: consumer.ended },
  }
}

/** Now and then everything is down at once, sometimes for longer than the catch-up window. */
class Outages {
  readonly #clock: VirtualClock
  readonly #random: SeededRandom
  readonly #machines: readonly Machine[]
  #isOver = false

  constructor(clock: VirtualClock, random: SeededRandom, machines: readonly Machine[]) {
    this.#clock = clock
    this.#random = random
    this.#machines = machines
  }

  start(): void {
    this.#clock.schedule(this.#random.between(2, 30) * DAY_MS, () => {
      if (this.#isOver) return
      const forMs = this.#random.between(0.5, 30) * HOUR_MS
      for (const machine of this.#machines) machine.downFor(forMs)
      this.start()
    })
  }

  end(): void {
    this.#isOver = true
  }
}
