import type { GroupOptions } from '@goscheds/core'
import { drawFeatures, type Feature } from '../asked/features.js'
import { drawGroups } from '../asked/limits.js'
import { drawKeys, type KeyKind } from '../asked/options.js'
import { drawScheduleIds } from '../asked/schedule-rules.js'
import type { SeededRandom } from '../clock/seeded-random.js'

/** What runs on one machine. `worker`: the names it has handlers for. */
export interface MachinePlan {
  readonly name: string
  readonly hasScheduler: boolean
  /** It has a Scheduler that only pushes and was not started. */
  readonly isProducer: boolean
  readonly workerNames: readonly string[]
  readonly concurrency: number
}

/** How large the world of a seed is, and how its processes are set up. */
export interface Settings {
  readonly names: readonly string[]
  readonly machines: readonly MachinePlan[]
  readonly jobs: number
  readonly commands: number
  /** For how long faults are put in and work is pushed. */
  readonly chaosMs: number
  readonly leaseMs: number
  readonly storeTimeoutMs: number
  readonly reapIntervalMs: number
  readonly promotionCapMs: number
  readonly maxRecoveries: number
  readonly maxDeadPerName: number
  /** How many jobs kill the process that runs them. */
  readonly killers: number
  /** What is asked for beyond plain work. */
  readonly features: ReadonlySet<Feature>
  /** The unique keys that jobs may ask for. */
  readonly keys: readonly KeyKind[]
  /** The groups that jobs may be of. */
  readonly groups: readonly GroupOptions[]
  readonly scheduleIds: readonly string[]
  /** Of what happens to schedules. */
  readonly scheduleSeed: number
}

export function drawSettings(random: SeededRandom): Settings {
  const killers = random.chance(0.3) ? random.int(1, 2) : 0
  const names = ['email', 'image', 'report'].slice(0, random.int(1, 3))
  return {
    names,
    machines: drawMachines(random, names),
    jobs: random.int(10, 60),
    commands: random.chance(0.6) ? random.int(1, 15) : 0,
    chaosMs: random.between(10_000, 60_000),
    leaseMs: random.pick([500, 1_000, 2_000, 2_000, 5_000, 5_000, 10_000, 30_000]),
    storeTimeoutMs: random.pick([500, 2_000, 2_000, 5_000, 10_000]),
    reapIntervalMs: random.pick([500, 2_000, 5_000]),
    promotionCapMs: random.pick([1_000, 5_000]),
    maxRecoveries: random.pick([0, 1, 2, 3, 3, 3]),
    // Dead killers are to be found in the end.
    maxDeadPerName: killers > 0 ? 10_000 : random.pick([10_000, 10_000, 2]),
    killers,
    features: drawFeatures(random.fork()),
    keys: drawKeys(random.fork()),
    groups: drawGroups(random.fork()),
    scheduleIds: drawScheduleIds(random.fork()),
    scheduleSeed: random.int(0, 2 ** 32),
  }
}

/** One to three Schedulers, one to four Workers, some of them in one process; the first Worker knows every name. */
function drawMachines(random: SeededRandom, names: readonly string[]): MachinePlan[] {
  const schedulers = random.int(1, 3)
  const workers = random.int(1, 4)
  const machines: MachinePlan[] = []
  const concurrency = random.int(1, 5)
  for (let index = 0; index < workers; index++) {
    const knowsAll = index === 0 || random.chance(0.7)
    machines.push({
      name: `m${machines.length}`,
      hasScheduler: index < schedulers && random.chance(0.3),
      isProducer: random.chance(0.2),
      workerNames: knowsAll ? names : names.filter(() => random.chance(0.5)),
      concurrency,
    })
  }
  const others = Math.max(schedulers - machines.filter(({ hasScheduler }) => hasScheduler).length, 0)
  for (let index = 0; index < others; index++) {
    machines.push({ name: `m${machines.length}`, hasScheduler: true, isProducer: false, workerNames: [], concurrency })
  }
  if (random.chance(0.5)) {
    machines.push({ name: `m${machines.length}`, hasScheduler: false, isProducer: true, workerNames: [], concurrency })
  }
  return machines
}
