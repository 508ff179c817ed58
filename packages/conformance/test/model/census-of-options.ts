import {
  type ClaimedJob,
  type EnqueueOutcome,
  type JobState,
  KEPT_FAILURES,
  KEPT_LOG_LINES,
  type Store,
  type StoredJob,
} from '@goscheds/core'
import { everyId } from '../../src/model/pools.js'
import { withMethods } from '../broken/fault.js'
import { type Note, placeOf } from './places.js'

/** A store that notes what comes of priorities, expiry, unique keys, bounds, pauses and reports. */
export function countedOptions(store: Store, now: () => number, note: Note): Store {
  const every = async (): Promise<Map<string, StoredJob>> => {
    const jobs = await store.get({ ids: everyId })
    return new Map(jobs.flatMap((job) => (job === null ? [] : [[job.id, job] as const])))
  }
  /** Makes the call, and notes whose key it freed, and whom a bound removed. */
  async function watched<T>(method: string, call: () => Promise<T>, outcomeIds: () => readonly string[]): Promise<T> {
    const before = await every()
    const result = await call()
    const after = await every()
    for (const [id, job] of before) {
      const [from, to] = [placeOf(job), placeOf(after.get(id))]
      if (from === 'parked' && (to === 'ready' || to === 'scheduled')) note(`freed by ${method}`, from, to)
      if (isFinished(job.state) && to === 'absent' && !outcomeIds().includes(id))
        note(`trimmed by ${method}`, job.state, to)
      if (from === 'active' && to === 'parked') note(method, from, to)
    }
    return result
  }

  return withMethods(store, {
    async enqueue(input) {
      const [first] = input.jobs
      const before = await every()
      const outcomes = await store.enqueue(input)
      const [outcome] = outcomes
      if (first?.unique !== undefined && outcome !== undefined && !before.has(first.id)) {
        const { onConflict, until } = first.unique
        const holder = before.get(holderOf(outcome) ?? '')
        const isTimed = typeof holder?.unique?.until === 'object' || holder === undefined
        const key = outcome.status === 'duplicate' && isTimed ? 'a key held for a time' : 'a key'
        const kind = typeof until === 'object' ? 'for a time' : until
        if (outcome.status === 'added') note(`enqueue, ${kind}`, '', 'added')
        else if (outcome.status === 'queuedAgain') note(`enqueue ${onConflict}, a key`, 'active', outcome.status)
        else note(`enqueue ${onConflict}, ${key}`, placeOf(holder), outcome.status)
        if (isTimed) note('enqueue, a key held for a time', placeOf(holder), outcome.status)
      }
      return outcomes
    },
    async claim(input) {
      const ready = [...(await every()).values()].filter(({ state }) => state === 'ready')
      const result = await watched(
        'claim',
        () => store.claim(input),
        () => [],
      )
      if (result.held !== undefined)
        note('claim', 'ready', ready.some(({ name }) => name === input.name) ? 'held' : 'held, none')
      const after = await every()
      const expired = ready.filter((job) => isExpired(job, now()) && placeOf(after.get(job.id)) !== 'ready')
      for (const { id } of expired) note('claim', 'ready', `expired, ${placeOf(after.get(id))}`)
      if (expired.length === 0)
        noteTurns(
          result.jobs,
          ready.filter(({ name }) => name === input.name),
          note,
        )
      if (result.jobs.some(({ checkpoint }) => checkpoint !== undefined)) note('claim', 'ready', 'with a checkpoint')
      return result
    },
    settle: (input) =>
      watched(
        'settle',
        () => store.settle(input),
        () => input.entries.map(({ lease }) => lease.id),
      ),
    cancel: (input) =>
      watched(
        'cancel or remove',
        () => store.cancel(input),
        () => input.ids,
      ),
    remove: (input) =>
      watched(
        'cancel or remove',
        () => store.remove(input),
        () => input.ids,
      ),
    async reap(input) {
      const before = await every()
      const result = await watched(
        'reap',
        () => store.reap(input),
        () => [],
      )
      for (const { id } of result.expired) note('reap, expired', placeOf(before.get(id)), 'expired')
      return result
    },
    async redrive(input) {
      const before = await store.get({ ids: input.ids })
      const outcomes = await store.redrive(input)
      for (const [index, { status }] of outcomes.entries()) {
        if (status === 'redriven' && before[index]?.deadReason === 'expired') note('redrive, expired', 'dead', status)
        if (status === 'redriven' && before[index]?.unique !== undefined) note('redrive, with a key', 'dead', status)
      }
      return outcomes
    },
    async setPaused(input) {
      await store.setPaused(input)
      const whose = input.names === undefined ? 'the namespace' : 'names'
      note(`setPaused, ${whose}`, '', input.paused ? 'paused' : 'resumed')
    },
    async counts(input) {
      const counts = await store.counts(input)
      for (const { paused, oldestReadyMs } of counts) {
        const age = oldestReadyMs === null ? 'none' : oldestReadyMs === 0 ? 'now' : 'older'
        note('counts', '', `${paused ? 'paused' : 'not paused'}, oldest ready: ${age}`)
      }
      return counts
    },
    async get(input) {
      const jobs = await store.get(input)
      for (const job of jobs) {
        if ((job?.failures?.at(-1)?.attempt ?? 0) > KEPT_FAILURES) note('get', placeOf(job), 'the last failures')
        if (job?.log?.length === KEPT_LOG_LINES) note('get', placeOf(job), 'the last lines')
      }
      return jobs
    },
    async list(input) {
      const page = await store.list(input)
      const places = new Set(page.jobs.map(placeOf))
      if (places.has('parked')) note('list', 'parked', places.size > 1 ? 'behind others' : 'alone')
      if (input.state === 'ready' && new Set(page.jobs.map(({ priority }) => priority)).size > 1) {
        note('list', 'ready', 'several priorities')
      }
      return page
    },
  })
}

function isFinished(state: JobState): boolean {
  return state === 'completed' || state === 'dead' || state === 'cancelled'
}

function isExpired({ claims, expiresAt }: StoredJob, now: number): boolean {
  return claims === 0 && expiresAt !== undefined && expiresAt <= now
}

/** The job that a push met, by its answer. */
function holderOf(outcome: EnqueueOutcome): string | undefined {
  if (outcome.status === 'replaced') return outcome.replacedId
  return outcome.status === 'duplicate' || outcome.status === 'rescheduled' ? outcome.id : undefined
}

/** Notes who was taken though a lower priority was ready. */
function noteTurns(taken: readonly ClaimedJob[], ready: readonly StoredJob[], note: Note): void {
  const left = new Map(ready.map(({ id, priority = 0 }) => [id, priority]))
  for (const { id } of taken) {
    const priority = left.get(id) ?? 0
    const used = [...new Set(left.values())].sort((a, b) => a - b)
    if (used.length > 1 && priority > (used[0] ?? 0)) {
      note('claim, in turn', 'ready', priority === used.at(-1) ? 'the highest' : 'one between')
    }
    left.delete(id)
  }
}
