import type { Overlap, UniqueKey, UniqueUntil } from '@goscheds/core'
import * as fc from 'fast-check'

// Small pools, so that commands meet: the same id comes again in every state, deadlines and due times coincide.
// The texts are of the kinds that stores have trouble with.

/** Every id that jobs have. */
export const usedIds = [
  ...(['1', 'job-2', 'job-10', 'JOB-2', ' in spaces ', 'a:b', '__proto__', 'Ü☃'] as const),
  ...(['2', 'job', '-', '%'] as const),
] as const

/** Every id that a sequence asks for; the last is never enqueued. */
export const everyId: readonly string[] = [...usedIds, 'never-used']

/** Every name that jobs have. By code units, `Zip` comes first. */
export const everyName: readonly string[] = ['email', ' sms ', 'Zip']

/** A name of no job. */
export const unusedName = 'of no job'

export const newId: fc.Arbitrary<string> = fc.constantFrom(...usedIds)
export const anyId: fc.Arbitrary<string> = fc.constantFrom(...everyId)
export const ids: fc.Arbitrary<string[]> = fc.array(anyId, { minLength: 1, maxLength: 4 })
// Most jobs are of one name, so that its queue has an order to keep.
export const name: fc.Arbitrary<string> = fc.constantFrom('email', 'email', 'email', ' sms ', 'Zip')
export const worker: fc.Arbitrary<string> = fc.constantFrom('worker-9', 'worker-10', 'Worker-a')
export const text: fc.Arbitrary<string> = fc.constantFrom('{"to":"ada"}', '', 'the last error', ' a\tb\n\0', 'Ü☃')
export const options: fc.Arbitrary<string> = fc.constantFrom('', '{}', '{ "timeout": 1 }')
export const limit: fc.Arbitrary<number> = fc.constantFrom(1, 2, 3, 100)

/** How far from now something is due, or how long something takes. */
export const spanMs: fc.Arbitrary<number> = fc.constantFrom(0, 0, 1, 1_000, 5_000, 60_000)
export const leaseMs: fc.Arbitrary<number> = fc.constantFrom(1, 1_000, 5_000, 30_000, 120_000)
export const retentionMs: fc.Arbitrary<number> = fc.constantFrom(0, 1_000, 60_000, 3_600_000)
// One length for the dead: which of two is the newest would else depend on what `newest` goes by.
export const deadRetentionMs: fc.Arbitrary<number> = fc.constantFrom(0, 3_600_000, 3_600_000)

/** When a job is due: at an instant seen from now, at a fixed instant, after a delay, or (none given) at once. */
export interface Due {
  readonly inMs?: number
  readonly executeAt?: number
  readonly delayMs?: number
}

export const due: fc.Arbitrary<Due> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ inMs: fc.constantFrom(-1_000_000, -1_000, -1, 0, 1, 1_000, 5_000, 60_000) }) },
  { weight: 3, arbitrary: fc.record({ delayMs: spanMs }) },
  { weight: 1, arbitrary: fc.record({ executeAt: fc.constantFrom(0, Date.UTC(2255, 5, 5)) }) },
)

/** What the store is told of a due time, at the instant `now`. */
export function resolveDue({ inMs, ...told }: Due, now: number): Omit<Due, 'inMs'> {
  return inMs === undefined ? told : { executeAt: now + inMs }
}

// Few, so that there are several jobs of one priority, and of two.
export const priority: fc.Arbitrary<number> = fc.constantFrom(-1, -1, 1, 1, 0, -1_000, 1_000)
export const expiresInMs: fc.Arbitrary<number> = fc.constantFrom(-1, 0, 1, 1_000, 5_000, 60_000)
/** How many finished jobs are kept; a sequence has far fewer than the hundred that a store may remove at a time. */
export const maxCount: fc.Arbitrary<number> = fc.constantFrom(1, 1, 1, 2, 3)

const ttl = fc.record({ ttlMs: fc.constantFrom(1, 1_000, 5_000, 60_000) })
const finished = fc.constant<UniqueUntil>('finished')
const started = fc.constant<UniqueUntil>('started')
const notAgain = fc.constantFrom('ignore' as const, 'replace' as const, 'reschedule' as const)

/** Every kind that core lets through. One key comes mostly, so that jobs of one name meet at it. */
export const unique: fc.Arbitrary<UniqueKey> = fc
  .oneof(
    { weight: 2, arbitrary: fc.record({ until: finished, onConflict: notAgain }) },
    { weight: 2, arbitrary: fc.record({ until: finished, onConflict: fc.constant('runAgain' as const) }) },
    { weight: 3, arbitrary: fc.record({ until: started, onConflict: notAgain }) },
    { weight: 2, arbitrary: fc.record({ until: ttl, onConflict: notAgain }) },
  )
  .chain((kind) => fc.constantFrom('k', 'k', 'k', 'k', 'K', '__proto__').map((key) => ({ key, ...kind })))

/** Nothing, and once in so many times the arbitrary. */
export function onceIn<T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
}

/** Every id that schedules have. By code units, the last two would change places. */
export const scheduleIds = ['nightly', 'a:b', '__proto__', '～', '𝒳'] as const
// One id comes mostly, so that its fires meet.
export const scheduleId: fc.Arbitrary<string> = fc.constantFrom('nightly', 'nightly', ...scheduleIds)
export const rule: fc.Arbitrary<string> = fc.constantFrom('{"everyMs":1000}', '', ' a\tb\n\0', '"}Ü☃{')
export const note: fc.Arbitrary<string> = fc.constantFrom('', 'why', ' a\tb\n=\0', '☃')
export const overlap: fc.Arbitrary<Overlap> = fc.constantFrom(
  ...(['skip', 'bufferOne', 'bufferAll', 'bufferAll', 'cancelOther', 'allowAll'] as const),
)
