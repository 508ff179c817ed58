import type { Job, ScheduleTiming } from '@goscheds/core'
import { isTimeOf } from './schedule-rules.js'

/** What the handlers of jobs that schedules have made are told of that, against what was put. */
export class FireLedger {
  readonly problems: string[] = []
  readonly #timings = new Map<string, ScheduleTiming[]>()

  /** Somebody is about to put this. */
  isPut(id: string, timing: ScheduleTiming): void {
    this.#timings.set(id, [...(this.#timings.get(id) ?? []), timing])
  }

  /** A handler begins. `now`: the store's clock. */
  begins({ id, schedule, startedAt }: Job<unknown>, now: number): void {
    const [scheduleId = '', nominal, trigger] = id.split(/[@#]/)
    const timings = this.#timings.get(scheduleId)
    if (timings === undefined || nominal === undefined) {
      if (schedule !== undefined) this.problems.push(`${id} is told to be of a schedule, ${schedule.id}`)
      return
    }
    const fireAt = Date.parse(nominal)
    if (schedule?.id !== scheduleId || schedule.fireAt.getTime() !== fireAt) {
      this.problems.push(
        `${id} is told to be of ${schedule?.id ?? 'none'}, ${schedule?.fireAt.toISOString() ?? 'at no time'}`,
      )
      return
    }
    const lateMs = startedAt.getTime() - fireAt
    if (schedule.lateMs !== lateMs)
      this.problems.push(`${id} is told to be ${schedule.lateMs} ms late, and is ${lateMs}`)
    if (now < fireAt) this.problems.push(`${id} began ${fireAt - now} ms before its nominal time`)
    // A trigger fires when it is called.
    if (trigger !== undefined || timings.some((timing) => isTimeOf(timing, fireAt))) return
    this.problems.push(`${id} began, and no rule of ${scheduleId} fires then`)
  }
}
