import { GoschedsError, type JobEntry, type PushResult, type Scheduler } from '@goscheds/core'
import { SeededRandom } from '../clock/seeded-random.js'
import { ScheduleKeepers } from '../asked/schedule-keepers.js'
import type { Host } from './host.js'
import { type Act, drawJob, drawKiller, type JobPlan } from './job-plan.js'
import { Operators } from './operators.js'
import type { World } from './world.js'

const TRIES = 5
/** Longer than anything that a healthy world does. */
const LONG_MS = 600_000

/** What producers push and wait for, and what operators command, at times drawn from the seed. */
export class Workload {
  /** Ids of jobs that a producer was told are stored. */
  readonly acknowledged = new Set<string>()
  /** Jobs that kill their process, and that no operator touches. */
  readonly killers: string[] = []
  readonly #world: World
  readonly #random: SeededRandom
  readonly #ids: string[] = []
  readonly operators: Operators
  readonly keepers: ScheduleKeepers
  /** Of the jobs that are pushed while all is healthy, those whose results have not been told. */
  readonly awaited = new Set<string>()

  constructor(world: World, random: SeededRandom) {
    this.#world = world
    this.#random = random
    this.operators = new Operators(world, random.fork(), this.#ids)
    // Of a copy, so that nothing else of the seed shifts.
    this.keepers = new ScheduleKeepers(world, new SeededRandom(world.settings.scheduleSeed))
  }

  start(): void {
    const { settings, clock } = this.#world
    const random = this.#random
    const sometime = (act: () => void): void => void clock.schedule(random.between(0, settings.chaosMs), act)
    for (let left = settings.jobs; left > 0;) {
      const size = random.chance(0.25) ? Math.min(left, random.int(2, 8)) : 1
      left -= size
      sometime(() => this.#push(Array.from({ length: size }, () => this.#drawJob())))
    }
    for (let count = 0; count < settings.killers; count++) {
      const job = drawKiller(random, settings, `k${count}`)
      this.killers.push(job.id)
      sometime(() => this.#push([job]))
    }
    this.operators.start(sometime)
    this.keepers.start(sometime)
  }

  /** Pushes jobs that only show how late they begin, one for each name. */
  probe(prefix: string, due: JobPlan['options']): readonly string[] {
    const { names, features } = this.#world.settings
    const options = features.has('results') ? { ...due, retain: { completedMs: LONG_MS } } : due
    const jobs = names.map((name): JobPlan => {
      return { id: `${prefix}-${name}`, name, args: { act: 'succeed', ms: 0 }, options }
    })
    const ids = jobs.map(({ id }) => id)
    if (features.has('results')) for (const id of ids) this.awaited.add(id)
    this.#push(jobs)
    return ids
  }

  /** Pushes jobs that run until they are stopped: of each name one that heeds its signal, and one that does not. */
  linger(): void {
    const acts: readonly Act[] = [{ act: 'give up on its signal', ms: 3_600_000 }, { act: 'never end' }]
    const options = { retain: { completedMs: LONG_MS } }
    for (const name of this.#world.settings.names) {
      this.#push(acts.map((args, index) => ({ id: `linger${index}-${name}`, name, args, options })))
    }
  }

  /** A new job, or one with an id that was used before. */
  #drawJob(): JobPlan {
    const random = this.#random
    const used = random.chance(0.1) ? random.pick(this.#ids) : undefined
    const id = used ?? `j${this.#ids.length}`
    if (used === undefined) this.#ids.push(id)
    return drawJob(random, this.#world.settings, id, this.#world.clock.now)
  }

  /** Some of them; in the end all, and there what they are told is known. */
  #waitFor(host: Host, scheduler: Scheduler, id: string): void {
    const { settings, results, isHealthy } = this.#world
    if (!settings.features.has('results')) return
    if (isHealthy) {
      void results.wait(host, scheduler, id, LONG_MS).then((isTold) => isTold && this.awaited.delete(id))
    } else if (this.#random.chance(0.3)) {
      void results.wait(host, scheduler, id, this.#random.int(0, 30_000))
      if (this.#random.chance(0.15) && !this.killers.includes(id)) this.operators.cancelSoon(id)
    }
  }

  #push(jobs: readonly JobPlan[]): void {
    for (const { id, options } of jobs) {
      if ((options.retain?.completedMs ?? 0) === 0) this.#world.results.leavesNoTrace(id)
    }
    const machine = this.#world.someMachine(this.#random, ({ services }) => services?.scheduler !== undefined)
    const scheduler = machine?.services?.scheduler
    const host = machine?.host
    if (host === undefined || scheduler === undefined) return
    host.deliver(() => void this.#pushOn(host, scheduler, jobs, TRIES))
  }

  /** As a producer should: the same jobs with the same ids again, when it does not know whether they are stored. */
  async #pushOn(host: Host, scheduler: Scheduler, jobs: readonly JobPlan[], tries: number): Promise<void> {
    try {
      const results = await pushAll(scheduler, jobs)
      for (const { id } of results) this.acknowledged.add(id)
      for (const [index, job] of jobs.entries()) this.#waitFor(host, scheduler, results[index]?.id ?? job.id)
    } catch (error) {
      const code = error instanceof GoschedsError ? error.code : undefined
      if (code === 'INVALID_STATE') return
      if (code !== 'STORE_FAILED' && code !== 'STORE_TIMEOUT') return this.#world.report(`${host.name}/push`, error)
      if (tries > 1) {
        host.after(this.#random.between(50, 5_000), () => void this.#pushOn(host, scheduler, jobs, tries - 1))
      }
    }
  }
}

/** Resolves to what the store made of each. */
async function pushAll(scheduler: Scheduler, jobs: readonly JobPlan[]): Promise<readonly PushResult[]> {
  const [first] = jobs
  if (jobs.length > 1 || first === undefined) {
    const entries = jobs.map(({ id, name, args, options }) => ({ id, name, args, ...options }) as JobEntry)
    const results = await scheduler.pushMany(entries)
    return results.map((result, index) => {
      if (result.status === 'rejected') throw result.error
      return checked(result, jobs[index])
    })
  }
  return [checked(await pushOne(scheduler, first), first)]
}

function pushOne(scheduler: Scheduler, { id, name, args, options }: JobPlan): Promise<PushResult> {
  const { executeAt, delayMs, ...rest } = options
  const withId = { ...rest, id }
  if (executeAt !== undefined) return scheduler.pushScheduled(name, args, { ...withId, executeAt })
  if (delayMs !== undefined) return scheduler.pushScheduled(name, args, { ...withId, delayMs })
  return scheduler.push(name, args, withId)
}

/** Another id than its own is that of the job which holds its key. */
function checked(result: PushResult, job: JobPlan | undefined): PushResult {
  const isOther = result.status === 'rescheduled' || result.status === 'duplicate'
  if (result.id === job?.id || (job?.options.unique !== undefined && isOther)) return result
  throw new Error(`${String(job?.id)} was answered as ${result.status}: ${result.id}`)
}
