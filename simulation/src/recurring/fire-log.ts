import type { FireOutcome, ScheduleFire, Store } from '@goscheds/core'
import { altered } from '../defects/defect.js'

/** The jobs of a schedule that have not ended: those that go on, and those that are parked behind them. */
export interface LiveJobs {
  readonly running: readonly string[]
  readonly parked: readonly string[]
}

/** A fire as it took effect in the store, with the jobs of its schedule that had not ended before. */
export interface LoggedFire extends LiveJobs {
  readonly at: number
  readonly fire: ScheduleFire
  readonly outcome: FireOutcome
}

/** Stands beside the store and writes down every fire, what it answered, and what was going on. */
export class FireLog {
  readonly fires: LoggedFire[] = []
  readonly #store: Store
  readonly #now: () => number
  readonly #live = new Map<string, Set<string>>()

  constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** The store with the log in front. Fires of one call are carried out one by one, to see each beside those before. */
  get store(): Store {
    return altered(this.#store, { fireSchedule: ({ fires }) => this.#fireAll(fires) })
  }

  async #liveJobs(scheduleId: string): Promise<LiveJobs> {
    const ids = [...(this.#live.get(scheduleId) ?? [])]
    const jobs = await this.#store.get({ ids })
    const running: string[] = []
    const parked: string[] = []
    for (const [index, id] of ids.entries()) {
      const job = jobs[index] ?? null
      if (job === null) this.#live.get(scheduleId)?.delete(id)
      else if (job.state === 'scheduled' && job.dueAt === undefined) parked.push(id)
      else running.push(id)
    }
    return { running, parked }
  }

  async #fireAll(fires: readonly ScheduleFire[]): Promise<readonly FireOutcome[]> {
    const outcomes: FireOutcome[] = []
    for (const fire of fires) {
      const live = await this.#liveJobs(fire.id)
      const [outcome = { status: 'not-found' } as const] = await this.#store.fireSchedule({ fires: [fire] })
      outcomes.push(outcome)
      this.fires.push({ at: this.#now(), fire, outcome, ...live })
      if (outcome.status !== 'fired' && outcome.status !== 'buffered') continue
      const ofSchedule = this.#live.get(fire.id) ?? new Set()
      this.#live.set(fire.id, ofSchedule.add(outcome.jobId))
    }
    return outcomes
  }
}
