import type { Store, StoredJob } from '@goscheds/core'
import { all, fault, type Fault, settling, type Sound, toTail } from './fault.js'

/** A promotion that picks what is due in its own way. */
function picking(
  { store, clock }: Sound,
  pick: (due: StoredJob[], limit: number) => StoredJob[],
  aheadMs = 0,
): Partial<Store> {
  return {
    async promote({ limit }) {
      const due = (await all(store, 'scheduled')).filter(({ dueAt = 0 }) => dueAt <= clock.now() + aheadMs)
      const picked = pick(due, limit)
      await store.reschedule({
        entries: picked.map(({ id, executeAt }) => ({ id, executeAt: Math.min(executeAt, clock.now()) })),
      })
      const { nextDueInMs } = await store.promote({ limit: 0 })
      return { promoted: picked.length, nextDueInMs }
    },
  }
}

const byId = (a: StoredJob, b: StoredJob): number => (a.dueAt ?? 0) - (b.dueAt ?? 0) || (a.id < b.id ? -1 : 1)

/** Stores that promote wrongly. */
export const promoteFaults: readonly Fault[] = [
  fault(
    'promotes early',
    'promote/due-exactly-now enqueue/delay enqueue/due-in-a-millisecond scenario/in-time-and-order',
    (sound) => picking(sound, (due, limit) => due.slice(0, limit), 10_000),
  ),
  fault('promotes nothing at the very instant', 'promote/due-exactly-now', (sound) =>
    picking(sound, (due, limit) => due.slice(0, limit), -1),
  ),
  fault('promotes the latest first', 'promote/earliest-first promote/retried', (sound) =>
    picking(sound, (due, limit) => due.toReversed().slice(0, limit)),
  ),
  fault(
    'promotes equals by id',
    'promote/equals-in-enqueue-order promote/order-across-batches handles/promote-concurrently',
    (sound) => picking(sound, (due, limit) => due.toSorted(byId).slice(0, limit)),
  ),
  fault('begins each batch at the far end', 'promote/order-across-batches promote/limit', (sound) =>
    picking(sound, (due, limit) => due.slice(-limit)),
  ),
  fault('promotes more than the limit', 'promote/limit promote/next-due-at-once', (sound) =>
    picking(sound, (due) => due),
  ),
  fault('promotes one name at a time', 'promote/every-name', (sound) =>
    picking(sound, (due, limit) => due.filter(({ name }) => name === due[0]?.name).slice(0, limit)),
  ),
  fault('promotes to the head', 'promote/to-the-tail enqueue/instants', ({ store }) => ({
    async promote(input) {
      const before = await all(store, 'ready')
      const result = await store.promote(input)
      if (result.promoted > 0) await toTail(store, before)
      return result
    },
  })),
  fault('leaves promoted jobs in the scheduled set', 'promote/repeated', ({ store }) => {
    let left = 0
    return {
      async promote(input) {
        const { promoted, nextDueInMs } = await store.promote(input)
        const again = left
        left += promoted
        return { promoted: Math.min(input.limit, promoted + again), nextDueInMs: again > 0 ? 0 : nextDueInMs }
      },
    }
  }),
  fault('says that an empty set is due now', 'promote/nothing', ({ store }) => ({
    async promote(input) {
      const { promoted, nextDueInMs } = await store.promote(input)
      return { promoted, nextDueInMs: nextDueInMs ?? 0 }
    },
  })),
  fault('says when the last job is due, not the first', 'promote/next-due reschedule/next-due', ({ store, clock }) => ({
    async promote(input) {
      const { promoted, nextDueInMs } = await store.promote(input)
      const last = (await all(store, 'scheduled')).at(-1)
      return { promoted, nextDueInMs: last?.dueAt === undefined ? nextDueInMs : last.dueAt - clock.now() }
    },
  })),
  fault('does not say that more is due', 'promote/next-due-at-once', ({ store }) => ({
    async promote(input) {
      const { promoted, nextDueInMs } = await store.promote(input)
      return { promoted, nextDueInMs: nextDueInMs === 0 ? null : nextDueInMs }
    },
  })),
  fault('leaves retries out of the next due time', 'settle/next-due table/promote-not-due/scheduled', ({ store }) => ({
    async promote(input) {
      const { promoted, nextDueInMs } = await store.promote(input)
      const first = (await all(store, 'scheduled'))[0]
      return { promoted, nextDueInMs: (first?.claims ?? 0) > 0 ? null : nextDueInMs }
    },
  })),
  fault(
    'leaves jobs that were retried in the scheduled set',
    'promote/retried settle/retry-later table/promote-due/scheduled',
    (sound) => picking(sound, (due, limit) => due.filter(({ attempts }) => attempts === 0).slice(0, limit)),
  ),
  fault('reads what is due before it moves it', 'handles/promote-concurrently', (sound) =>
    picking(sound, (due, limit) => due.slice(0, limit)),
  ),
  fault('counts a retry from the claim', 'settle/retry-later', (sound) =>
    settling(sound, (settlement) =>
      settlement.type === 'retry' ? { ...settlement, delayMs: settlement.delayMs - 20_000 } : settlement,
    ),
  ),
]
