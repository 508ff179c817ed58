import {
  type DueSchedule,
  MAX_DUE_RULE_BYTES,
  type NewSchedule,
  type StoredSchedule,
  type StoreInput,
} from '@goscheds/core'
import { byCodePoints } from './code-points.js'
import { type TimedNode, TimeOrderedSet } from './time-ordered-set.js'

interface Entry {
  schedule: StoredSchedule
  /** Where it stands among those that are to fire; absent while it is not to. */
  node: TimedNode<string, string> | undefined
}

/** The schedules of a store, and which is due next. */
export class Schedules {
  readonly #entries = new Map<string, Entry>()
  /** The ids of those that are not paused and fire again, by `dueAt` and then by id. */
  readonly #next = new TimeOrderedSet<string, string>(byCodePoints)
  #revision = 0

  get(id: string): StoredSchedule | undefined {
    return this.#entries.get(id)?.schedule
  }

  /** The one that is due first, now or later. */
  first(): StoredSchedule | undefined {
    return this.get(this.#next.first()?.value ?? '')
  }

  /** → its revision, or nothing if it is not as expected */
  put(
    { id, rule, next, pausedNote }: NewSchedule,
    expect: StoreInput<'putSchedule'>['expect'],
    now: number,
  ): number | undefined {
    const before = this.get(id)
    if (before?.revision !== expect?.revision) return undefined
    if (before !== undefined && (before.next?.fireAt ?? null) !== expect?.fireAt) return undefined
    const revision = ++this.#revision
    this.set({
      ...{ id, rule, next, revision, createdAt: before?.createdAt ?? now, updatedAt: now },
      ...(pausedNote !== undefined && { pausedNote, pausedAt: before?.pausedAt ?? now }),
      ...{ fired: before?.fired ?? 0, missed: before?.missed ?? 0, skipped: before?.skipped ?? 0 },
      fires: before?.fires ?? [],
    })
    return revision
  }

  /** In place of the one with its id. */
  set(schedule: StoredSchedule): void {
    const { id, next, pausedNote } = schedule
    this.remove(id)
    const isToFire = next !== null && pausedNote === undefined
    this.#entries.set(id, { schedule, node: isToFire ? this.#next.add(next.dueAt, id, id) : undefined })
  }

  /** → whether it was there */
  remove(id: string): boolean {
    const node = this.#entries.get(id)?.node
    if (node !== undefined) this.#next.remove(node)
    return this.#entries.delete(id)
  }

  /** Those whose time has come, the earliest first, up to `limit` and to a bound of what their rules have in bytes. */
  due(now: number, limit: number): DueSchedule[] {
    const due: DueSchedule[] = []
    let bytes = 0
    for (const { value } of this.#next.upTo(now).slice(0, limit)) {
      const schedule = this.get(value)
      if (schedule === undefined || schedule.next === null) continue
      const { id, rule, revision, fired, next } = schedule
      bytes += Buffer.byteLength(rule)
      if (bytes > MAX_DUE_RULE_BYTES && due.length > 0) break
      due.push({ ...next, id, rule, revision, fired })
    }
    return due
  }

  /** Those of these ids that are there, sorted by id. */
  some(ids: readonly string[]): StoredSchedule[] {
    const sorted = [...new Set(ids)].sort(byCodePoints)
    return sorted.flatMap((id) => this.get(id) ?? [])
  }

  /** All behind the id `cursor`, sorted by id, up to `limit`. */
  page(limit: number, cursor: string | null): { schedules: StoredSchedule[]; cursor: string | null } {
    const ids = [...this.#entries.keys()].filter((id) => cursor === null || byCodePoints(id, cursor) > 0)
    const page = ids.sort(byCodePoints).slice(0, limit)
    return { schedules: this.some(page), cursor: ids.length > limit ? (page.at(-1) ?? null) : null }
  }
}
