import assert from 'node:assert/strict'
import type { JobState, Lease, NewJob, Overlap, Settlement, UniqueConflict } from '@goscheds/core'
import { aJob, HOUR } from '../a-job.js'
import { bringTo, everyPlace, heldUntilStarted, type Place, type Subject } from '../bring-to.js'
import { type CaseContext, type ConformanceCase, fullCase, type Requirement } from '../conformance-case.js'
import { idsOf, LEASE_MS } from '../moves.js'
import { completedKept, cancelledKept, dead, releasedForAMinute, releasedNow } from '../settlements.js'
import { retryInAMinute, retryNow } from '../settlements.js'
import { fire, inTurn, putDue } from './a-schedule.js'

/** What a command answers, and where it leaves the job. Without `to`, not one field of the job may change. */
interface Cell {
  readonly answer: unknown
  readonly to?: JobState | 'absent'
}

interface CommandRow {
  readonly command: string
  readonly slug: string
  /** What its jobs ask for; a store that does not carry out what jobs ask for is not held to it. */
  readonly job?: Partial<NewJob>
  readonly requires?: Requirement
  act(subject: Subject): Promise<unknown>
  readonly cells: Readonly<Record<Place, Cell>>
}

/** The cells of a row: the answer of most places, where nothing changes, and the cells that differ. */
function cells(answer: unknown, others: Partial<Record<Place, Cell>> = {}): Readonly<Record<Place, Cell>> {
  const entries = everyPlace.map((place): [Place, Cell] => [place, others[place] ?? { answer }])
  return Object.fromEntries(entries) as Record<Place, Cell>
}

const settled = (state: JobState): Cell => ({ answer: { status: 'settled', state }, to: state })
const requested = 'active, cancel requested' satisfies Place

/** `settle` of the current lease: lost everywhere but in the two active places. */
function settleRow(slug: string, settlement: Settlement, active: JobState, whenRequested: JobState): CommandRow {
  return {
    command: `settle ${slug.replaceAll('-', ' ')}, current lease`,
    slug: `settle-${slug}`,
    act: async ({ store, lease }) => (await store.settle({ entries: [{ lease, settlement }] }))[0],
    cells: cells({ status: 'lost' }, { active: settled(active), [requested]: settled(whenRequested) }),
  }
}

function rescheduleRow(slug: string, delayMs: number, state: 'scheduled' | 'ready'): CommandRow {
  const moved: Cell = { answer: { status: 'rescheduled', state }, to: state }
  return {
    command: `reschedule, ${slug}`,
    slug: `reschedule-${slug}`,
    act: async ({ store, job }) => (await store.reschedule({ entries: [{ id: job.id, delayMs }] }))[0],
    cells: cells(
      { status: 'not-found' },
      {
        ...{ scheduled: moved, ready: moved, parked: { answer: { status: 'parked' } } },
        ...active({ status: 'active' }),
        ...finished('finished'),
      },
    ),
  }
}

function reapRow(slug: string, afterMs: number, maxRecoveries: number, active: Cell, whenRequested: Cell): CommandRow {
  return {
    command: `reap, ${slug.replaceAll('-', ' ')}`,
    slug: `reap-${slug}`,
    async act({ store, harness }) {
      await harness.advance(afterMs)
      return (await store.reap({ limit: 10, maxRecoveries })).reaped.map(({ outcome }) => outcome)
    },
    cells: cells([], { active, [requested]: whenRequested }),
  }
}

function pruneRow(
  slug: string,
  afterMs: number,
  maxDeadPerName: number,
  others: Partial<Record<Place, Cell>>,
): CommandRow {
  return {
    command: `prune, ${slug.replaceAll('-', ' ')}`,
    slug: `prune-${slug}`,
    async act({ store, harness }) {
      await harness.advance(afterMs)
      return (await store.prune({ limit: 10, maxDeadPerName })).pruned
    },
    cells: cells(0, others),
  }
}

function promoteRow(slug: string, afterMs: number, scheduled: Cell): CommandRow {
  return {
    command: `promote, ${slug.replaceAll('-', ' ')}`,
    slug: `promote-${slug}`,
    async act({ store, harness }) {
      await harness.advance(afterMs)
      const { promoted, nextDueInMs } = await store.promote({ limit: 10 })
      return [promoted, nextDueInMs === null ? 'none' : nextDueInMs > 0 ? 'later' : 'now']
    },
    cells: cells([0, 'none'], { scheduled }),
  }
}

const active = (answer: unknown): Partial<Record<Place, Cell>> => ({ active: { answer }, [requested]: { answer } })

function finished(status: string): Partial<Record<Place, Cell>> {
  const states = ['completed', 'dead', 'cancelled'] as const
  return Object.fromEntries(states.map((state) => [state, { answer: { status, state } }]))
}

function removed(...states: readonly JobState[]): Partial<Record<Place, Cell>> {
  return Object.fromEntries(states.map((state) => [state, { answer: { status: 'removed', state }, to: 'absent' }]))
}

const gone: Cell = { answer: 1, to: 'absent' }

const heldUntilFinished: Partial<NewJob> = { unique: { key: 'k', until: 'finished', onConflict: 'ignore' } }

/** A push of another job with the key of this one. */
async function pushAnother(
  { store, job }: Subject,
  onConflict: UniqueConflict = 'ignore',
): Promise<string | undefined> {
  const another = aJob({
    ...job,
    id: `${job.id}-2`,
    delayMs: HOUR,
    unique: { key: 'k', until: 'finished', onConflict },
  })
  return (await store.enqueue({ jobs: [another] }))[0]?.status
}

/** A push that meets the key of the job: held while it is to run, free again once it has ended. */
function conflictRow(onConflict: UniqueConflict, others: Partial<Record<Place, Cell>>): CommandRow {
  const free: Cell = { answer: 'added' }
  return {
    command: `enqueue, same key, ${onConflict}`,
    slug: `enqueue-key-${onConflict.replace('A', '-a')}`,
    job: heldUntilFinished,
    act: (subject) => pushAnother(subject, onConflict),
    cells: cells('duplicate', { absent: free, completed: free, dead: free, cancelled: free, ...others }),
  }
}

/** A fire of a schedule whose last one has made the job: it is going on while it holds the key. */
function fireRow(overlap: Overlap, answer: string, others: Partial<Record<Place, Cell>> = {}): CommandRow {
  const free: Cell = { answer: 'fired' }
  return {
    command: `fire, ${overlap}`,
    slug: `fire-${overlap.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`,
    job: heldUntilFinished,
    requires: 'schedules',
    async act(subject) {
      const key = overlap === 'allowAll' ? {} : heldUntilFinished
      return (await fire(subject.store, inTurn(await putDue(subject), { overlap, job: key }))).status
    },
    cells: cells(answer, { absent: free, completed: free, dead: free, cancelled: free, ...others }),
  }
}

function reportRow(
  command: string,
  slug: string,
  leaseOf: (subject: Subject) => Lease,
  others: Partial<Record<Place, Cell>>,
): CommandRow {
  return {
    ...{ command, slug },
    act: async (subject) =>
      subject.store.report({ entries: [{ lease: leaseOf(subject), progress: '1', checkpoint: '2', lines: ['3'] }] }),
    cells: cells(['lost'], others),
  }
}

function redriveRow(
  command: string,
  slug: string,
  whenDead: Cell,
  before: (subject: Subject) => Promise<unknown>,
): CommandRow {
  const notDead = (state: JobState): Cell => ({ answer: { status: 'not-dead', state } })
  return {
    ...{ command, slug },
    async act(subject) {
      await before(subject)
      const [outcome] = await subject.store.redrive({ ids: [subject.job.id] })
      return outcome?.status === 'duplicate' ? { status: 'duplicate' } : outcome
    },
    cells: cells(
      { status: 'not-found' },
      {
        ...finished('not-dead'),
        ...active({ status: 'not-dead', state: 'active' }),
        scheduled: notDead('scheduled'),
        ready: notDead('ready'),
        parked: notDead('scheduled'),
        dead: whenDead,
      },
    ),
  }
}

/** `docs/state-machine.md`, row by row. */
const rows: readonly CommandRow[] = [
  {
    command: 'enqueue, same id',
    slug: 'enqueue',
    act: async ({ store, job }) => (await store.enqueue({ jobs: [job] })).map(({ status }) => status),
    cells: cells(['duplicate'], { absent: { answer: ['added'], to: 'ready' } }),
  },
  {
    command: 'enqueue for later, same id',
    slug: 'enqueue-later',
    act: async ({ store, job }) =>
      (await store.enqueue({ jobs: [{ ...job, delayMs: HOUR }] })).map(({ status }) => status),
    cells: cells(['duplicate'], { absent: { answer: ['added'], to: 'scheduled' } }),
  },
  promoteRow('due', 60_000, { answer: [1, 'none'], to: 'ready' }),
  promoteRow('not-due', 1_000, { answer: [0, 'later'] }),
  {
    command: 'claim',
    slug: 'claim',
    async act({ store, job }) {
      const input = { name: job.name, worker: 'worker-b', limit: 10, leaseMs: LEASE_MS }
      return idsOf((await store.claim(input)).jobs).map((id) => id === job.id)
    },
    cells: cells([], { ready: { answer: [true], to: 'active' } }),
  },
  {
    command: 'extend, current lease',
    slug: 'extend',
    act: ({ store, lease }) => store.extend({ leases: [lease], leaseMs: 2 * LEASE_MS }),
    cells: cells(['lost'], {
      active: { answer: ['held'], to: 'active' },
      [requested]: { answer: ['cancel-requested'], to: 'active' },
    }),
  },
  {
    command: 'extend, old lease',
    slug: 'extend-old',
    act: ({ store, oldLease }) => store.extend({ leases: [oldLease], leaseMs: 2 * LEASE_MS }),
    cells: cells(['lost']),
  },
  settleRow('completed', completedKept, 'completed', 'completed'),
  settleRow('retry-now', retryNow, 'ready', 'cancelled'),
  settleRow('retry-later', retryInAMinute, 'scheduled', 'cancelled'),
  settleRow('dead', dead, 'dead', 'dead'),
  settleRow('released-now', releasedNow, 'ready', 'cancelled'),
  settleRow('released-later', releasedForAMinute, 'scheduled', 'cancelled'),
  settleRow('cancelled', cancelledKept, 'cancelled', 'cancelled'),
  {
    command: 'settle in any way, old lease',
    slug: 'settle-old',
    async act({ store, oldLease: lease }) {
      const settlements = [
        completedKept,
        retryNow,
        retryInAMinute,
        dead,
        releasedNow,
        releasedForAMinute,
        cancelledKept,
      ]
      const outcomes = await store.settle({ entries: settlements.map((settlement) => ({ lease, settlement })) })
      return [...new Set(outcomes.map(({ status }) => status))]
    },
    cells: cells(['lost']),
  },
  reapRow('lease-run-out', LEASE_MS, 3, { answer: ['ready'], to: 'ready' }, { answer: ['cancelled'], to: 'cancelled' }),
  reapRow(
    'recoveries-spent',
    LEASE_MS,
    0,
    { answer: ['dead'], to: 'dead' },
    { answer: ['cancelled'], to: 'cancelled' },
  ),
  reapRow('lease-valid', LEASE_MS - 10_000, 3, { answer: [] }, { answer: [] }),
  {
    command: 'cancel',
    slug: 'cancel',
    act: async ({ store, job }) => (await store.cancel({ ids: [job.id] }))[0],
    cells: cells(
      { status: 'not-found' },
      {
        scheduled: { answer: { status: 'cancelled' }, to: 'cancelled' },
        ready: { answer: { status: 'cancelled' }, to: 'cancelled' },
        active: { answer: { status: 'requested' }, to: 'active' },
        [requested]: { answer: { status: 'requested' } },
        parked: { answer: { status: 'cancelled' }, to: 'cancelled' },
        ...finished('finished'),
      },
    ),
  },
  rescheduleRow('later', HOUR, 'scheduled'),
  rescheduleRow('due', 0, 'ready'),
  {
    command: 'remove',
    slug: 'remove',
    act: async ({ store, job }) => (await store.remove({ ids: [job.id] }))[0],
    cells: cells(
      { status: 'not-found' },
      {
        ...active({ status: 'active' }),
        ...removed('scheduled', 'ready', 'completed', 'dead', 'cancelled'),
        parked: { answer: { status: 'removed', state: 'scheduled' }, to: 'absent' },
      },
    ),
  },
  redriveRow('redrive', 'redrive', { answer: { status: 'redriven' }, to: 'ready' }, async () => {}),
  {
    ...redriveRow('redrive, key held by another', 'redrive-held', { answer: { status: 'duplicate' } }, pushAnother),
    job: heldUntilFinished,
  },
  pruneRow('retention-passed', HOUR, 100, { completed: gone, dead: gone, cancelled: gone }),
  pruneRow('retention-not-passed', 1_000, 100, {}),
  pruneRow('beyond-max-dead', 1_000, 0, { dead: gone }),
  {
    command: 'claim, paused',
    slug: 'claim-paused',
    async act({ store, job }) {
      await store.setPaused({ names: [job.name], paused: true })
      return store.claim({ name: job.name, worker: 'worker-b', limit: 10, leaseMs: LEASE_MS })
    },
    cells: cells({ jobs: [], more: false, held: 'paused' }),
  },
  reportRow('report, current lease', 'report', ({ lease }) => lease, {
    active: { answer: ['reported'], to: 'active' },
    [requested]: { answer: ['reported'], to: 'active' },
  }),
  reportRow('report, old lease', 'report-old', ({ oldLease }) => oldLease, {}),
  conflictRow('ignore', {}),
  conflictRow('replace', {
    scheduled: { answer: 'replaced', to: 'absent' },
    ready: { answer: 'replaced', to: 'absent' },
  }),
  conflictRow('reschedule', {
    scheduled: { answer: 'rescheduled', to: 'scheduled' },
    ready: { answer: 'rescheduled', to: 'scheduled' },
  }),
  conflictRow('runAgain', { active: { answer: 'queuedAgain' }, [requested]: { answer: 'queuedAgain' } }),
  fireRow('skip', 'skipped'),
  fireRow('bufferOne', 'buffered', { parked: { answer: 'skipped' } }),
  fireRow('bufferAll', 'buffered'),
  fireRow('cancelOther', 'buffered', {
    scheduled: { answer: 'fired', to: 'cancelled' },
    ready: { answer: 'fired', to: 'cancelled' },
    active: { answer: 'buffered', to: 'active' },
    parked: { answer: 'buffered', to: 'cancelled' },
  }),
  fireRow('allowAll', 'fired'),
]

/** A case for each cell of the table: every command in every state. */
export const commandTableCases: readonly ConformanceCase[] = rows.flatMap((row) =>
  everyPlace.map((place) => cellCase(row, place, row.cells[place])),
)

function cellCase(row: CommandRow, place: Place, cell: Cell): ConformanceCase {
  const id = `table/${row.slug}/${place.replaceAll(', ', '-').replaceAll(' ', '-')}`
  const title = `${row.command}: of a job that is ${place}`
  const asks = row.job !== undefined || place === 'parked'
  const run = async (context: CaseContext): Promise<void> => {
    // A key that is held until the job has finished is never one that the job must wait for.
    const subject = await bringTo(place, context, place === 'parked' ? heldUntilStarted : row.job)
    const ids = [subject.job.id]
    const [before] = await context.store.get({ ids })
    assert.deepEqual(await row.act(subject), cell.answer)
    const [after] = await context.store.get({ ids })
    if (cell.to === undefined) assert.deepEqual(after, before, 'nothing changes')
    else assert.equal(after?.state ?? 'absent', cell.to)
  }
  const options: readonly Requirement[] = asks ? ['job-options'] : []
  return fullCase(id, title, run, ...options, ...(row.requires === undefined ? [] : [row.requires]))
}
