import type { NewJob, Retention } from '@goscheds/core'

/** One hour in milliseconds: longer than any lease or delay in the cases. */
export const HOUR = 3_600_000

/** A finished job stays for an hour. */
export const keptForAnHour: Retention = { completedMs: HOUR, deadMs: HOUR }

// A finished job is gone at once.
const keptNever: Retention = { completedMs: 0, deadMs: 0 }

let made = 0

/** A job of the name `email` with an id of its own, due at once, that leaves no trace; override what matters. */
export function aJob(overrides: Partial<NewJob> = {}): NewJob {
  made += 1
  return {
    id: `mail-${made}`,
    name: 'email',
    payload: '{"to":"ada@example.com"}',
    options: '',
    retention: keptNever,
    ...overrides,
  }
}

/** As many jobs, each from `aJob`, with what the function says for its place. */
export function manyJobs(count: number, overrides: (index: number) => Partial<NewJob> = () => ({})): NewJob[] {
  return Array.from({ length: count }, (_, index) => aJob(overrides(index)))
}
