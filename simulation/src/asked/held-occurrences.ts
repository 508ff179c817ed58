import type { FireOutcome } from '@goscheds/core'
import type { Answered } from './answered-calls.js'
import type { OccurrenceCounts } from './occurrences.js'

/** Counts what came of limits, holds, groups and schedules. */
export class HeldOccurrences {
  readonly #counts: OccurrenceCounts
  /** Names whose groups are ordered. */
  readonly #ordered = new Set<string>()
  /** Jobs that have a group. */
  readonly #grouped = new Set<string>()

  constructor(counts: OccurrenceCounts) {
    this.#counts = counts
  }

  take(call: Answered): void {
    const counts = this.#counts
    switch (call.method) {
      case 'setLimits': {
        const { name, limits } = call.input
        counts[limits === null ? 'limits lifted' : 'limits set']++
        if (limits?.perGroup?.ordered === true) this.#ordered.add(name)
        else this.#ordered.delete(name)
        return
      }
      case 'claim':
        for (const { id, group } of call.output.jobs) if (group !== undefined) this.#grouped.add(id)
        return this.#claim(call.output)
      case 'settle':
        return call.output.forEach((outcome, index) => {
          const { lease, settlement } = call.input.entries[index] ?? {}
          const isBack = outcome.status === 'settled' && outcome.state === 'scheduled' && settlement?.type === 'retry'
          if (lease === undefined || !isBack || !this.#ordered.has(lease.name) || !this.#grouped.has(lease.id)) return
          counts['place kept in an ordered group']++
        })
      case 'putSchedule':
        if (call.output.status === 'moved') counts['schedule changed meanwhile']++
        else counts[call.input.schedule.pausedNote === undefined ? 'schedule put' : 'schedule paused']++
        return
      case 'removeSchedule':
        for (const wasThere of call.output) if (wasThere) counts['schedule removed']++
        return
      case 'fireSchedule':
        return call.output.forEach((outcome, index) => {
          const { turn, run } = call.input.fires[index] ?? {}
          if (turn === undefined && run !== undefined) counts['schedule triggered']++
          this.#fire(outcome, turn?.missed ?? 0)
        })
      default:
    }
  }

  #claim({ held, heldForMs }: Extract<Answered, { method: 'claim' }>['output']): void {
    const counts = this.#counts
    if (held === 'paused') counts['claim held by a pause']++
    if (held === 'hold') counts['claim held by a hold']++
    if (held === 'concurrency') counts['claim held by its concurrency']++
    if (held === 'rate') counts['claim held by its rate']++
    if (held === undefined && heldForMs !== undefined) counts['groups set aside for a time']++
  }

  #fire({ status }: FireOutcome, missed: number): void {
    const counts = this.#counts
    if (status === 'fired') counts.fired++
    if (status === 'buffered') counts['fire buffered']++
    if (status === 'skipped') counts['fire skipped by its overlap']++
    if (status === 'moved') counts['fire moved on by another']++
    if (status === 'paused') counts['fire of a paused schedule']++
    if (status !== 'moved' && status !== 'paused' && status !== 'not-found') counts['times missed'] += missed
  }
}
