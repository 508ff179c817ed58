import assert from 'node:assert/strict'
import type { ClaimedJob, HeldReason, NewJob, Store } from '@goscheds/core'
import { aJob, HOUR } from '../a-job.js'
import { bringTo, everyPlace, heldUntilStarted, type Place } from '../bring-to.js'
import { type ConformanceCase, fullCase, type Requirement } from '../conformance-case.js'
import { claimNew, finish } from '../moves.js'
import { claimOnce, limit } from './a-limited-name.js'

interface HeldRow {
  readonly slug: string
  /** Absent where it is not the name that is held. */
  readonly held?: HeldReason
  readonly requires: readonly Requirement[]
  readonly job?: Partial<NewJob>
  /** Before any job is there. */
  readonly begin?: (store: Store) => Promise<void>
  /** Holds the name back, or the group; another job of both is active. */
  readonly hold: (store: Store, other: ClaimedJob) => Promise<void>
}

/** The rows of `docs/state-machine.md` in which a claim is held: nothing is handed out, wherever the job is. */
const rows: readonly HeldRow[] = [
  {
    slug: 'on-hold',
    held: 'hold',
    requires: ['limits'],
    hold: (store, other) => finish(store, other, { type: 'released', delayMs: HOUR, holdNameMs: HOUR }),
  },
  {
    slug: 'at-its-concurrency',
    held: 'concurrency',
    requires: ['limits'],
    hold: (store) => limit(store, { concurrency: 1 }),
  },
  {
    slug: 'without-a-token',
    held: 'rate',
    requires: ['limits'],
    begin: (store) => limit(store, { rate: { limit: 1_000, perMs: HOUR, burst: 1_000 } }),
    hold: (store) => limit(store, { rate: { limit: 1, perMs: HOUR, burst: 1 } }),
  },
  {
    slug: 'its-group-at-its-limit',
    requires: ['limits', 'groups'],
    job: { group: { key: 'a' } },
    hold: (store) => limit(store, { perGroup: { concurrency: 1 } }),
  },
]

/** A case for each cell of these rows. */
export const heldTableCases: readonly ConformanceCase[] = rows.flatMap((row) =>
  everyPlace.map((place) => cellCase(row, place)),
)

function cellCase({ slug, held, requires, job, begin, hold }: HeldRow, place: Place): ConformanceCase {
  return fullCase(
    `table/claim-${slug}/${place.replaceAll(', ', '-').replaceAll(' ', '-')}`,
    `claim, ${slug.replaceAll('-', ' ')}: of a job that is ${place}`,
    async (context) => {
      const { store } = context
      await begin?.(store)
      const other = await claimNew(store, aJob(job), { leaseMs: 24 * HOUR })
      const subject = await bringTo(place, context, { ...(place === 'parked' && heldUntilStarted), ...job })
      await hold(store, other)
      const ids = [subject.job.id]
      const before = await store.get({ ids })
      const { heldForMs: _heldForMs, setAside, ...answer } = await claimOnce(store, { worker: 'worker-b' })
      assert.deepEqual(answer, { jobs: [], more: false, ...(held !== undefined && { held }) })
      assert.equal(setAside, held === undefined && place === 'ready' ? true : undefined)
      assert.deepEqual(await store.get({ ids }), before, 'nothing changes')
    },
    ...requires,
    ...(place === 'parked' ? (['job-options'] as const) : []),
  )
}
