import type { EpochMs } from '../contract/job.js'
import type { NewSchedule, StoredSchedule } from '../contract/schedule.js'
import { GoschedsError } from '../errors.js'
import type { StoreCalls } from '../service/store-calls.js'

/** What to put in place of a stored schedule; without `schedule` nothing. */
export interface Change<Result> {
  readonly schedule?: NewSchedule
  readonly result: Result
}

/** Each further one means that another process changed the schedule, or fired it, in the moment between two calls. */
const MAX_TRIES = 100

/** Reads schedules and changes them, with nobody in between. */
export class StoredSchedules {
  readonly #calls: StoreCalls

  constructor(calls: StoreCalls) {
    this.#calls = calls
  }

  /** The schedule with this id, and the store's clock. */
  async read(id: string): Promise<{ readonly stored: StoredSchedule | undefined; readonly now: EpochMs }> {
    const input = { ids: [id], limit: 1 }
    const { schedules, now } = await this.#calls.call('listSchedules', (store) => store.listSchedules(input))
    return { stored: schedules[0], now }
  }

  /** Puts what `change` makes of a schedule, or of its absence; again for as long as it is not as it was read. */
  async change<Result>(
    id: string,
    change: (stored: StoredSchedule | undefined, now: EpochMs) => Change<Result>,
  ): Promise<Result> {
    let isShown = false
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { stored, now } = await this.read(id)
      isShown ||= stored !== undefined
      const { schedule, result } = change(stored, now)
      if (schedule === undefined) return result
      const expect = stored === undefined ? null : { revision: stored.revision, fireAt: stored.next?.fireAt ?? null }
      const { status } = await this.#calls.call('putSchedule', (store) => store.putSchedule({ schedule, expect }))
      if (status === 'put') return result
    }
    if (!isShown) {
      // A store leaves alone, and does not show, what a newer release of it has written.
      const message = `the schedule '${id}' was written by a newer release, as it is there but not shown; upgrade this process`
      throw new GoschedsError('UNSUPPORTED_RECORD', message)
    }
    throw new GoschedsError('STORE_FAILED', `the schedule '${id}' was changed ${MAX_TRIES} times meanwhile; try again`)
  }
}
