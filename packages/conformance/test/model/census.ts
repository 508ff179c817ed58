import type { Lease, Store, StoredJob } from '@goscheds/core'
import { withMethods } from '../broken/fault.js'
import { countedLimits } from './census-of-limits.js'
import { countedOptions } from './census-of-options.js'
import { countedSchedules } from './census-of-schedules.js'
import { type Note, placeOf } from './places.js'

/** How often each cell of the command table came about: `row | column → outcome`. */
export type Census = Map<string, number>

/** A store that notes in `census` in which state each command found its jobs, and what came of it. */
export function counted(memory: Store, now: () => number, census: Census): Store {
  const note: Note = (row, column, outcome) => {
    const key = `${row} | ${column} → ${outcome}`
    census.set(key, (census.get(key) ?? 0) + 1)
  }
  const store = countedLimits(countedSchedules(countedOptions(memory, now, note), note), note)
  const see = async (ids: readonly string[]): Promise<(StoredJob | null)[]> => [...(await store.get({ ids }))]
  /** Notes the first entry about each id of a call: those behind it find what it left. */
  async function noted<Entry, Outcome>(
    entries: readonly Entry[],
    idOf: (entry: Entry) => string,
    call: () => Promise<readonly Outcome[]>,
    toRow: (entry: Entry, before: StoredJob | null) => string,
    toText: (outcome: Outcome) => string,
  ): Promise<readonly Outcome[]> {
    const ids = entries.map(idOf)
    const before = await see(ids)
    const outcomes = await call()
    for (const [index, entry] of entries.entries()) {
      const [job = null, outcome] = [before[index], outcomes[index]]
      if (ids.indexOf(ids[index] ?? '') !== index || outcome === undefined) continue
      note(toRow(entry, job), placeOf(job), toText(outcome))
    }
    return outcomes
  }
  const byStatus = (outcome: { readonly status: string; readonly state?: string }): string =>
    [outcome.status, outcome.state].filter((part) => part !== undefined).join(' ')

  return withMethods(store, {
    async enqueue({ jobs }) {
      const ids = jobs.map(({ id }) => id)
      const outcomes = await noted(
        jobs,
        ({ id }) => id,
        () => store.enqueue({ jobs }),
        ({ unique }, job) => (unique === undefined || job !== null ? 'enqueue' : 'enqueue, with a key'),
        byStatus,
      )
      const after = await see(ids)
      for (const [index, { status }] of outcomes.entries()) {
        if (status === 'added') note('enqueue', '', placeOf(after[index]))
      }
      return outcomes
    },
    async promote(input) {
      const result = await store.promote(input)
      note('promote', '', result.promoted > 0 ? 'some' : 'none')
      note('promote', '', result.nextDueInMs === null ? 'empty' : result.nextDueInMs > 0 ? 'next due' : 'more is due')
      return result
    },
    async claim(input) {
      const result = await store.claim(input)
      note('claim', '', result.jobs.length === 0 ? 'nothing' : 'handed out')
      return result
    },
    extend: ({ leases, leaseMs }) =>
      noted(
        leases,
        ({ id }) => id,
        () => store.extend({ leases, leaseMs }),
        (lease, job) => `extend, ${ageOf(lease, job)} lease`,
        String,
      ),
    settle: ({ entries }) =>
      noted(
        entries,
        ({ lease }) => lease.id,
        () => store.settle({ entries }),
        ({ lease, settlement }, job) => {
          const age = ageOf(lease, job)
          const requested = age === 'current' && job?.cancelRequested === true ? ', cancel requested' : ''
          return `settle ${age === 'current' ? settlement.type : '…'}, ${age} lease${requested}`
        },
        byStatus,
      ),
    report: ({ entries }) =>
      noted(
        entries,
        ({ lease }) => lease.id,
        () => store.report({ entries }),
        ({ lease }, job) => `report, ${ageOf(lease, job)} lease`,
        String,
      ),
    async reap(input) {
      const result = await store.reap(input)
      for (const { outcome } of result.reaped) note('reap', 'active', outcome)
      return result
    },
    async prune(input) {
      const finished = []
      for (const { name } of await store.counts({})) {
        for (const state of ['completed', 'dead', 'cancelled'] as const) {
          finished.push(...(await store.list({ name, state, limit: 1_000 })).jobs)
        }
      }
      const result = await store.prune(input)
      const after = await see(finished.map(({ id }) => id))
      for (const [index, { state, finishedAt = 0 }] of finished.entries()) {
        // The dead of a sequence are all kept for an hour.
        const isEarly = state === 'dead' && finishedAt + 3_600_000 > now()
        note(isEarly ? 'prune, retention not passed' : 'prune', state, after[index] === null ? 'absent' : 'stays')
      }
      return result
    },
    cancel: ({ ids }) =>
      noted(
        ids,
        String,
        () => store.cancel({ ids }),
        () => 'cancel',
        byStatus,
      ),
    remove: ({ ids }) =>
      noted(
        ids,
        String,
        () => store.remove({ ids }),
        () => 'remove',
        byStatus,
      ),
    redrive: ({ ids }) =>
      noted(
        ids,
        String,
        () => store.redrive({ ids }),
        () => 'redrive',
        byStatus,
      ),
    reschedule: ({ entries }) =>
      noted(
        entries,
        ({ id }) => id,
        () => store.reschedule({ entries }),
        ({ executeAt, delayMs = 0 }) => `reschedule, ${(executeAt ?? now() + delayMs) > now() ? 'later' : 'due'}`,
        byStatus,
      ),
    async leave(input) {
      const known = (await store.workers()).some(({ worker }) => worker === input.worker)
      await store.leave(input)
      note('leave', '', known ? 'of a worker that reports' : 'of a worker that does not')
    },
    async workers() {
      const found = await store.workers()
      note('workers', '', found.length === 0 ? 'none' : 'some')
      return found
    },
    async waitForReady(input) {
      await store.waitForReady(input)
      note('waitForReady', '', input.signal.aborted ? 'aborted before' : 'there is one')
    },
  })
}

/** Whether this is the last lease of the job that there is now; of one that is absent it cannot be told. */
function ageOf({ fence }: Lease, job: StoredJob | null): string {
  if (job === null) return 'any'
  return job.generation === fence.generation && job.claims === fence.claim ? 'current' : 'old'
}
