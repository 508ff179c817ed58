import type { FailedAttempt, Store } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'

/** `settle` that keeps other failures than the last ten: what `change` makes of those before and of the new one. */
function failing(
  { store, state }: Sound,
  change: (before: readonly FailedAttempt[], failure: FailedAttempt, id: string) => readonly FailedAttempt[],
): Partial<Store> {
  return {
    async settle({ entries }) {
      const before = entries.map(({ lease }) => state.jobs.get(lease.id)?.failures ?? [])
      const outcomes = await store.settle({ entries })
      for (const [index, { lease }] of entries.entries()) {
        const job = state.jobs.get(lease.id)
        const failure = job?.failures?.at(-1)
        if (job === undefined || failure === undefined || failure === before[index]?.at(-1)) continue
        const failures = change(before[index] ?? [], failure, lease.id)
        if (failures.length === 0) delete job.failures
        else job.failures = [...failures]
      }
      return outcomes
    },
  }
}

/** Stores that keep the failed attempts of a job wrongly. */
export const failingFaults: readonly Fault[] = [
  fault(
    'keeps the last error and no failures',
    'failures/history failures/bounded failures/redriven get/retried get/finished',
    (sound) => failing(sound, () => []),
  ),
  fault('keeps the last failure only', 'failures/history failures/bounded failures/redriven', (sound) =>
    failing(sound, (_before, failure) => [failure]),
  ),
  fault('keeps the latest failure first', 'failures/history failures/redriven', (sound) =>
    failing(sound, (before, failure) => [failure, ...before].slice(0, 10)),
  ),
  fault('dates a failure from its claim', 'failures/history', (sound) => {
    const claimedAt = new Map<string, number>()
    return {
      ...failing(sound, (before, { at, ...failure }, id) => [
        ...before.slice(-9),
        { ...failure, at: claimedAt.get(id) ?? at },
      ]),
      async claim(input) {
        const result = await sound.store.claim(input)
        for (const { id, claimedAt: at } of result.jobs) claimedAt.set(id, at)
        return result
      },
    }
  }),
  fault('keeps every failure', 'failures/bounded', (sound) =>
    failing(sound, (before, failure) => [...before, failure]),
  ),
  fault('keeps the first ten failures', 'failures/bounded', (sound) =>
    failing(sound, (before, failure) => [...before, failure].slice(0, 10)),
  ),
  fault('keeps nine failures', 'failures/bounded', (sound) =>
    failing(sound, (before, failure) => [...before, failure].slice(-9)),
  ),
  fault('numbers failures by their place in the list', 'failures/bounded failures/redriven', (sound) =>
    failing(sound, (before, failure) =>
      [...before.slice(-9), failure].map((one, index) => ({ ...one, attempt: index + 1 })),
    ),
  ),
  fault('keeps only failures that lead to a retry', 'failures/bounded failures/redriven get/finished', (sound) => ({
    async settle({ entries }) {
      const before = entries.map(({ lease }) => sound.state.jobs.get(lease.id)?.failures)
      const outcomes = await sound.store.settle({ entries })
      for (const [index, { lease, settlement }] of entries.entries()) {
        const job = sound.state.jobs.get(lease.id)
        if (job === undefined || settlement.type !== 'dead' || outcomes[index]?.status !== 'settled') continue
        delete job.failures
        if (before[index] !== undefined) job.failures = before[index]
      }
      return outcomes
    },
  })),
  fault(
    'takes a record that it cannot read for a failed attempt',
    'failures/not-undecodable',
    ({ store, state, clock }) => ({
      async settle({ entries }) {
        const outcomes = await store.settle({ entries })
        for (const { lease, settlement } of entries) {
          const job = state.jobs.get(lease.id)
          if (job === undefined || settlement.type !== 'dead' || settlement.reason !== 'undecodable') continue
          const failure = { attempt: job.attempts, at: clock.now(), error: settlement.error }
          job.failures = [...(job.failures ?? []), failure].slice(-10)
        }
        return outcomes
      },
    }),
  ),
  fault('forgets the failures at a redrive', 'failures/redriven', ({ store, state }) => ({
    async redrive(input) {
      const outcomes = await store.redrive(input)
      for (const [index, id] of input.ids.entries())
        if (outcomes[index]?.status === 'redriven') delete state.jobs.get(id)?.failures
      return outcomes
    },
  })),
  fault('numbers failures on across a redrive', 'failures/redriven', (sound) =>
    failing(sound, (before, failure) => [
      ...before.slice(-9),
      { ...failure, attempt: (before.at(-1)?.attempt ?? 0) + 1 },
    ]),
  ),
  fault('lists jobs with their failures', 'list/same-as-get', ({ store, state }) => ({
    async list(input) {
      const { jobs, cursor } = await store.list(input)
      const withFailures = jobs.map((job) => {
        const failures = state.jobs.get(job.id)?.failures
        return failures === undefined ? job : { ...job, failures }
      })
      return { jobs: withFailures, cursor }
    },
  })),
]
