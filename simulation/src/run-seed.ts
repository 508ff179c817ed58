import type { History } from '@goscheds/conformance/history'
import { Inspector } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import { lookAtKeys } from './asked/key-watch.js'
import { countOccurrences, type OccurrenceCounts } from './asked/occurrences.js'
import type { Defect } from './defects/defect.js'
import { finalFindings, type Finding, LEAK } from './findings.js'
import type { FaultCounts } from './network/faults.js'
import { isDrained, isRecovered } from './world/at-rest.js'
import { Workload } from './world/workload.js'
import { type OpenStore, World } from './world/world.js'

const MINUTE_MS = 60_000
const SECOND_MS = 1_000

/** What is due must be finished so long after the faults have ended. */
const DRAIN_WITHIN_MS = 30 * MINUTE_MS
/** Long after every time-out of a simulated world: what hung has been given up. */
const SETTLE_MS = 15 * SECOND_MS
const PROBE_DELAY_MS = 2_500
/** How long handlers run when everything is stopped under them. */
const LINGER_MS = 2_000

/** What one seed brought. */
export interface SeedResult {
  readonly seed: number
  readonly findings: readonly Finding[]
  readonly faults: FaultCounts
  readonly occurrences: OccurrenceCounts
  /** Its jobs ask for nothing beyond being run. */
  readonly isPlain: boolean
  readonly events: number
  readonly jobs: number
  readonly virtualMs: number
  /** The greatest lateness of a job that was pushed while all was healthy, in milliseconds. */
  readonly latenessMs: number
  /** What took effect in the store, exactly. */
  readonly inside: History
  /** What the processes saw. */
  readonly outside: History
}

/** The sound store. */
export const openMemory: OpenStore = (clock) => ({ store: new MemoryStore({ clock: clock.asStoreClock() }) })

/**
 * Runs one seed to its end and checks it, over a sound store or a broken one. The same seed over the same code gives
 * the same histories, byte for byte. One at a time in a process: it listens for rejections that nobody handles.
 */
export async function runSeed(seed: number, broken?: Defect): Promise<SeedResult> {
  const unhandled: unknown[] = []
  const restore = collectUnhandled(unhandled)
  // Stacks cost time, and tell of this machine's folders.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return await new Run(
      new World(seed, broken?.open ?? openMemory, broken?.setsAside ?? false),
      seed,
      unhandled,
    ).toEnd()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    restore()
  }
}

/** One run of one world, phase by phase. */
class Run {
  readonly #seed: number
  readonly #world: World
  readonly #workload: Workload
  readonly #unhandled: readonly unknown[]
  readonly #findings: Finding[] = []
  #isOver = false
  #latenessMs = 0

  constructor(world: World, seed: number, unhandled: readonly unknown[]) {
    this.#seed = seed
    this.#world = world
    this.#workload = new Workload(this.#world, this.#world.random.fork())
    this.#unhandled = unhandled
  }

  async toEnd(): Promise<SeedResult> {
    const world = this.#world
    const beganAt = world.clock.now
    try {
      await this.#phases()
    } catch (error) {
      this.#find('G7', error instanceof Error ? error.message : String(error))
    }
    // Node.js tells of a rejection that nobody handled at a turn of the real event loop.
    await new Promise((resolve) => setImmediate(resolve))
    const [inside, outside] = [world.inside.history(), world.outside.history()]
    const findings = [
      ...this.#findings,
      ...finalFindings(world, this.#workload, { inside, outside, unhandled: this.#unhandled }),
    ]
    const { occurrences } = world
    countOccurrences(inside, occurrences)
    return {
      ...{
        seed: this.#seed,
        findings,
        occurrences,
        isPlain: world.settings.features.size === 0,
        faults: world.network.counts,
        events: world.clock.fired,
      },
      ...{ jobs: this.#workload.acknowledged.size, virtualMs: world.clock.now - beganAt },
      ...{ latenessMs: this.#latenessMs, inside, outside },
    }
  }

  async #phases(): Promise<void> {
    const { clock, network, settings } = this.#world
    this.#world.start()
    this.#workload.start()
    this.#watchKeys()
    await clock.run(settings.chaosMs)
    network.heal()
    if (!(await this.#until(DRAIN_WITHIN_MS, () => isRecovered(this.#world, this.#workload)))) {
      this.#find('G18', 'jobs that kill their process were not dead half an hour after the faults had ended')
    }
    this.#world.markHealthy()
    await clock.run(SETTLE_MS)
    const drained = await this.#until(DRAIN_WITHIN_MS, () => isDrained(this.#world))
    if (!drained) this.#find('G7', 'what is due was not finished half an hour after the faults had ended')
    else {
      await this.#measureLateness()
      await this.#tryLimits()
    }
    await this.#snapshot(drained)
    this.#workload.linger()
    await clock.run(LINGER_MS)
    await this.#stopAll()
    await this.#snapshot(false)
    await this.#audit()
    this.#isOver = true
  }

  async #snapshot(drained: boolean): Promise<void> {
    const { inside, outside, store } = this.#world
    await inside.snapshot(store, 'world', { drained })
    await outside.snapshot(store, 'world', { drained })
  }

  /** That the store is sound in itself, after all that it has been through. */
  async #audit(): Promise<void> {
    const { findings } = await new Inspector({ store: this.#world.store }).verify()
    for (const { kind, key, message } of findings) this.#find('G2', `the audit finds ${kind} (${key}): ${message}`)
  }

  /** Looks every virtual second. */
  async #until(withinMs: number, isTrue: () => Promise<boolean>): Promise<boolean> {
    const { clock } = this.#world
    for (const deadline = clock.now + withinMs; clock.now < deadline;) {
      if (await isTrue()) return true
      await clock.run(SECOND_MS)
    }
    return isTrue()
  }

  /** Every virtual second, to the end. */
  #watchKeys(): void {
    const { settings, store, clock } = this.#world
    if (!settings.features.has('unique keys')) return
    clock.schedule(SECOND_MS, () => {
      if (this.#findings.length > 0 || this.#isOver) return
      void lookAtKeys(store, settings.names).then((wrong) => {
        for (const message of wrong) this.#find('G12', message)
      })
      this.#watchKeys()
    })
  }

  async #measureLateness(): Promise<void> {
    const { clock, firstStarts } = this.#world
    const pushedAt = clock.now
    const now = this.#workload.probe('now', {})
    const later = this.#workload.probe('later', { executeAt: new Date(Math.floor(pushedAt) + PROBE_DELAY_MS) })
    const all = [...now, ...later]
    const isDone = await clock.run(MINUTE_MS, () => all.every((id) => firstStarts.has(id)))
    if (!isDone) this.#find('G9', 'a job that was pushed while all was healthy had not begun a minute later')
    for (const [ids, dueAt] of [[now, pushedAt] as const, [later, Math.floor(pushedAt) + PROBE_DELAY_MS] as const]) {
      for (const id of ids) this.#latenessMs = Math.max(this.#latenessMs, (firstStarts.get(id) ?? dueAt) - dueAt)
    }
    await this.#until(MINUTE_MS, () => isDrained(this.#world))
    const { awaited } = this.#workload
    if (awaited.size > 0) await clock.run(MINUTE_MS, () => awaited.size === 0)
    for (const id of awaited) {
      this.#find('none', `the result of ${id}, which was pushed while all was healthy, was not told within a minute`)
    }
  }

  /** A slot that was not given back would keep a name, or a group, from its limit of one. */
  async #tryLimits(): Promise<void> {
    const { settings, operated, firstStarts, clock } = this.#world
    if (!settings.features.has('limits')) return
    const one = { concurrency: 1, perGroup: { concurrency: 1 } }
    for (const name of settings.names) await operated.setLimits({ name, limits: one })
    const groups = settings.features.has('groups') ? settings.groups : []
    const ids = [undefined, ...groups].flatMap((group) =>
      this.#workload.probe(`one-${group?.key ?? 'any'}`, group === undefined ? {} : { group }),
    )
    const isDone = await clock.run(MINUTE_MS, () => ids.every((id) => firstStarts.has(id)))
    if (!isDone) this.#find('G13', 'a name or a group had no slot free, and nothing of it ran')
    for (const name of settings.names) await operated.setLimits({ name, limits: null })
    await this.#until(MINUTE_MS, () => isDrained(this.#world))
  }

  async #stopAll(): Promise<void> {
    const { clock, machines } = this.#world
    this.#world.end()
    let isStopped = false
    void Promise.all(machines.map((machine) => machine.stop(SECOND_MS))).then(() => (isStopped = true))
    await clock.run(2 * MINUTE_MS, () => isStopped)
    if (!isStopped) this.#find('G16', 'stop() had not ended two minutes later, with a healthy store')
    // Whatever core has left behind would show now.
    await clock.run(MINUTE_MS)
  }

  #find(guarantee: Finding['guarantee'], message: string): void {
    this.#findings.push({ guarantee, message, trace: [], from: 'run' })
  }
}

/** Instead of ending the process, rejections that nobody handles are findings of the seed; and so are signs of a leak. */
function collectUnhandled(into: unknown[]): () => void {
  const others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  const collect = (reason: unknown): void => void into.push(reason)
  process.on('unhandledRejection', collect)
  const collectLeak = (warning: Error): void => void (warning.name === LEAK && into.push(warning))
  process.on('warning', collectLeak)
  return () => {
    process.removeListener('unhandledRejection', collect)
    process.removeListener('warning', collectLeak)
    for (const other of others) process.on('unhandledRejection', other)
  }
}
