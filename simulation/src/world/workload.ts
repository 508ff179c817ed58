import { GoschedsError, type Inspector, type JobEntry, type JobState, type Scheduler } from '@goscheds/core'
import type { SeededRandom } from '../clock/seeded-random.js'
import type { Host } from './host.js'
import { type Act, drawJob, drawKiller, type JobPlan } from './job-plan.js'
import type { World } from './world.js'

const TRIES = 5
const FINISHED = ['completed', 'dead', 'cancelled'] as const

/** What producers push and operators command, at times drawn from the seed. */
export class Workload {
  /** Ids of jobs that a producer was told are stored. */
  readonly acknowledged = new Set<string>()
  /** Jobs that kill their process, and that no operator touches. */
  readonly killers: string[] = []
  readonly #world: World
  readonly #random: SeededRandom
  readonly #ids: string[] = []

  constructor(world: World, random: SeededRandom) {
    this.#world = world
    this.#random = random
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
    for (let count = 0; count < settings.commands; count++) sometime(() => this.#command())
  }

  /** Pushes jobs that only show how late they begin, one for each name. */
  probe(prefix: string, options: JobPlan['options']): readonly string[] {
    const jobs = this.#world.settings.names.map((name): JobPlan => {
      return { id: `${prefix}-${name}`, name, args: { act: 'succeed', ms: 0 }, options }
    })
    this.#push(jobs)
    return jobs.map(({ id }) => id)
  }

  /** Pushes jobs that run until they are stopped: of each name one that heeds its signal, and one that does not. */
  linger(): void {
    const acts: readonly Act[] = [{ act: 'give up on its signal', ms: 3_600_000 }, { act: 'never end' }]
    for (const name of this.#world.settings.names) {
      this.#push(acts.map((args, index) => ({ id: `linger${index}-${name}`, name, args, options: {} })))
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

  #push(jobs: readonly JobPlan[]): void {
    const machine = this.#world.someMachine(this.#random, ({ services }) => services?.scheduler !== undefined)
    const scheduler = machine?.services?.scheduler
    const host = machine?.host
    if (host === undefined || scheduler === undefined) return
    host.deliver(() => void this.#pushOn(host, scheduler, jobs, TRIES))
  }

  /** As a producer should: the same jobs with the same ids again, when it does not know whether they are stored. */
  async #pushOn(host: Host, scheduler: Scheduler, jobs: readonly JobPlan[], tries: number): Promise<void> {
    try {
      for (const id of await pushAll(scheduler, jobs)) this.acknowledged.add(id)
    } catch (error) {
      const code = error instanceof GoschedsError ? error.code : undefined
      if (code === 'INVALID_STATE') return
      if (code !== 'STORE_FAILED' && code !== 'STORE_TIMEOUT') return this.#world.report(`${host.name}/push`, error)
      if (tries > 1) {
        host.after(this.#random.between(50, 5_000), () => void this.#pushOn(host, scheduler, jobs, tries - 1))
      }
    }
  }

  #command(): void {
    const machine = this.#world.someMachine(this.#random)
    const inspector = machine?.services?.inspector
    const id = this.#random.pick(this.#ids)
    const name = this.#random.pick(this.#world.settings.names)
    if (inspector === undefined || id === undefined || name === undefined) return
    const command = this.#drawCommand(inspector, id, name)
    machine?.host?.deliver(() => {
      command().catch((error: unknown) => {
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
        () => this.#unlessKillers(() => inspector.purge(name, state)),
        () => inspector.list({ name, state, limit: 3 }),
      ]) ?? (() => inspector.get(id))
    )
  }

  /** What sweeps over all jobs of a name would take killers along. */
  async #unlessKillers(sweep: () => Promise<unknown>): Promise<unknown> {
    return this.killers.length === 0 ? sweep() : undefined
  }
}

/** Resolves to the ids of those that are stored. */
async function pushAll(scheduler: Scheduler, jobs: readonly JobPlan[]): Promise<readonly string[]> {
  const [first] = jobs
  if (jobs.length > 1 || first === undefined) {
    const entries = jobs.map(({ id, name, args, options }) => ({ id, name, args, ...options }) as JobEntry)
    const results = await scheduler.pushMany(entries)
    return results.map((result, index) => {
      if (result.status === 'rejected') throw result.error
      if (result.id !== jobs[index]?.id) throw new Error(`${String(jobs[index]?.id)} was answered as ${result.id}`)
      return result.id
    })
  }
  const { id, name, args, options } = first
  const { executeAt, delayMs, ...rest } = options
  const withId = { ...rest, id }
  if (executeAt !== undefined) return [(await scheduler.pushScheduled(name, args, { ...withId, executeAt })).id]
  if (delayMs !== undefined) return [(await scheduler.pushScheduled(name, args, { ...withId, delayMs })).id]
  return [(await scheduler.push(name, args, withId)).id]
}
