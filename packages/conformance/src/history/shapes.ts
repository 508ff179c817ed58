import { jobStates, overlaps } from '@goscheds/core'
import type { RecordedMethod } from './event.js'

/** Says what is wrong with a value, or nothing. `path` is where it was found. */
export type Shape = (value: unknown, path: string) => string | undefined

const a =
  (what: string, is: (value: unknown) => boolean): Shape =>
  (value, path) =>
    is(value) ? undefined : `${path} must be ${what}`

const text = a('a text', (value) => typeof value === 'string')
const flag = a('true or false', (value) => typeof value === 'boolean')
const number = a('a number', (value) => typeof value === 'number')
const whole = a('a whole number of 0 or more', (value) => Number.isSafeInteger(value) && (value as number) >= 0)
// The clock of a test may count in fractions.
const instant = a('a number of milliseconds', (value) => typeof value === 'number')
const nothing = a('left out', (value) => value === undefined || value === null)

const oneOf = (...texts: readonly string[]): Shape =>
  a(`one of ${texts.join(', ')}`, (value) => texts.includes(value as string))

const orNull =
  (shape: Shape): Shape =>
  (value, path) =>
    value === null ? undefined : shape(value, path)

const listOf =
  (shape: Shape): Shape =>
  (value, path) =>
    Array.isArray(value) ? first(value, (entry, index) => shape(entry, `${path}[${index}]`)) : `${path} must be a list`

const mapOf =
  (shape: Shape): Shape =>
  (value, path) =>
    isObject(value)
      ? first(Object.entries(value), ([key, member]) => shape(member, `${path}.${key}`))
      : `${path} must be an object`

/** An object with these members, those that end in `?` being optional. Others are left alone. */
const object = (members: Readonly<Record<string, Shape>>): Shape => {
  const checks = Object.entries(members).map(([key, shape]) => ({ name: key.replace(/\?$/, ''), key, shape }))
  return (value, path) => {
    if (!isObject(value)) return `${path === '' ? 'an event' : path} must be an object`
    return first(checks, ({ name, key, shape }) => {
      const member = value[name]
      if (member === undefined && key !== name) return undefined
      return shape(member, path === '' ? name : `${path}.${name}`)
    })
  }
}

function first<T>(items: readonly T[], check: (item: T, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const fault = check(item, index)
    if (fault !== undefined) return fault
  }
  return undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const state = oneOf(...jobStates)
const fence = object({ generation: whole, claim: whole })
const leaseMembers = { id: text, name: text, fence }
const lease = object(leaseMembers)
const retention = object({ completedMs: number, deadMs: number, 'maxCount?': whole })
const unique = object({
  key: text,
  until: (value, path) =>
    typeof value === 'string' ? oneOf('finished', 'started')(value, path) : object({ ttlMs: number })(value, path),
  onConflict: oneOf('ignore', 'replace', 'reschedule', 'runAgain'),
})
const group = object({ key: text, 'weight?': number })
const asked = { 'priority?': number, 'expiresAt?': instant, 'unique?': unique, 'group?': group }
const jobMembers = { id: text, name: text, payload: text, options: text }
const newJob = object({ ...jobMembers, ...asked, retention, 'executeAt?': instant, 'delayMs?': number })
const claimedJob = object({
  ...{ ...jobMembers, fence, executeAt: instant, enqueuedAt: instant, claimedAt: instant },
  ...{ attempts: whole, recoveries: whole, 'damage?': text, 'unsupported?': text },
  'checkpoint?': text,
  'group?': group,
})
const storedJob = object({
  ...{ ...jobMembers, state, executeAt: instant, enqueuedAt: instant, generation: whole, claims: whole },
  ...{ attempts: whole, recoveries: whole, 'dueAt?': instant, 'leaseUntil?': instant, 'cancelRequested?': flag },
  ...{ ...asked, 'finishedAt?': instant, 'error?': text, 'result?': text, 'progress?': text, 'checkpoint?': text },
  ...{ 'failures?': listOf(object({ attempt: whole, at: instant, error: text })), 'log?': listOf(text) },
  'deadReason?': oneOf('attempts', 'non-retryable', 'recoveries', 'undecodable', 'expired'),
})
const reason = oneOf('attempts', 'non-retryable', 'undecodable')
const settlements: Readonly<Record<string, Shape>> = {
  completed: object({ retentionMs: number, 'maxCount?': whole, 'result?': text }),
  retry: object({ delayMs: number, error: text }),
  dead: object({ reason, error: text, retentionMs: number, 'maxCount?': whole }),
  released: object({ delayMs: number, 'holdNameMs?': number }),
  cancelled: object({ retentionMs: number, 'maxCount?': whole }),
}
const settlementType = object({ type: oneOf(...Object.keys(settlements)) })
const settlement: Shape = (value, path) =>
  settlementType(value, path) ?? settlements[(value as { readonly type: string }).type]?.(value, path)
const rate = object({ limit: whole, perMs: whole, burst: whole })
const perGroup = object({ 'concurrency?': whole, 'rate?': rate, 'ordered?': flag })
const limits = object({ 'concurrency?': whole, 'rate?': rate, 'perGroup?': perGroup })
const nameCounts = object({
  ...{ name: text, scheduled: whole, ready: whole, active: whole, completed: whole, dead: whole, cancelled: whole },
  oldestReadyMs: orNull(number),
  paused: flag,
  groups: whole,
  'limits?': limits,
})
const fireTime = { fireAt: instant, dueAt: instant }
const newSchedule = { id: text, rule: text, next: orNull(object(fireTime)), 'pausedNote?': text }
const keptFire = object({
  fireAt: instant,
  at: instant,
  outcome: oneOf('fired', 'buffered', 'skipped'),
  'jobId?': text,
})
const storedSchedule = object({
  ...{ ...newSchedule, revision: whole, createdAt: instant, updatedAt: instant, 'pausedAt?': instant },
  ...{ fired: whole, missed: whole, skipped: whole, fires: listOf(keptFire) },
})
const dueSchedule = object({ ...fireTime, id: text, rule: text, revision: whole, fired: whole })
const fireTurn = object({
  ...{ revision: whole, fireAt: instant, next: orNull(object(fireTime)), missed: whole },
  ...{ 'maxRuns?': whole, 'pauseOnDead?': text },
})
const scheduleFire = object({
  ...{ id: text, overlap: oneOf(...overlaps) },
  ...{ 'turn?': fireTurn, 'run?': object({ fireAt: instant, job: newJob }) },
})
const worker = { worker: text }
const report = { ...worker, lanes: listOf(object({ name: text, active: whole, concurrency: whole })) }
const ids = object({ ids: listOf(text) })
const limit = { limit: number }
const reapedTo = ['ready', 'parked', 'dead', 'cancelled']
const fireStatuses = ['fired', 'buffered', 'skipped', 'duplicate', 'passed', 'early', 'moved', 'paused', 'not-found']
const pushed = ['added', 'duplicate', 'replaced', 'rescheduled', 'queuedAgain']
const status = (...texts: readonly string[]): Shape => listOf(object({ status: oneOf(...texts), 'state?': state }))

/** What goes into each method and what comes out of it. */
export const methodShapes: { readonly [Method in RecordedMethod]: { readonly input: Shape; readonly output: Shape } } =
  {
    enqueue: {
      input: object({ jobs: listOf(newJob) }),
      output: listOf(object({ status: oneOf(...pushed), id: text, 'replacedId?': text })),
    },
    promote: {
      input: object(limit),
      output: object({
        ...{ promoted: whole, nextDueInMs: orNull(number) },
        'due?': object({ now: instant, schedules: listOf(dueSchedule) }),
      }),
    },
    reap: {
      input: object({ ...limit, maxRecoveries: number }),
      output: object({
        reaped: listOf(object({ ...leaseMembers, outcome: oneOf(...reapedTo), recoveries: whole })),
        returned: whole,
        expired: listOf(object({ id: text, name: text })),
      }),
    },
    prune: { input: object({ ...limit, maxDeadPerName: number }), output: object({ pruned: whole }) },
    claim: {
      input: object({ name: text, ...worker, ...limit, leaseMs: number }),
      output: object({
        ...{ jobs: listOf(claimedJob), more: flag, 'heldForMs?': number, 'setAside?': flag },
        'held?': oneOf('paused', 'hold', 'concurrency', 'rate'),
      }),
    },
    waitForReady: { input: object({ name: text, ...worker, timeoutMs: number }), output: nothing },
    extend: {
      input: object({ leases: listOf(lease), leaseMs: number }),
      output: listOf(oneOf('held', 'cancel-requested', 'lost')),
    },
    settle: {
      input: object({ entries: listOf(object({ lease, settlement })) }),
      output: status('settled', 'lost'),
    },
    report: {
      input: object({
        entries: listOf(object({ lease, 'progress?': text, 'checkpoint?': text, 'lines?': listOf(text) })),
      }),
      output: listOf(oneOf('reported', 'lost')),
    },
    setPaused: { input: object({ 'names?': listOf(text), paused: flag }), output: nothing },
    setLimits: { input: object({ name: text, limits: orNull(limits) }), output: nothing },
    putSchedule: {
      input: object({
        schedule: object(newSchedule),
        expect: orNull(object({ revision: whole, fireAt: orNull(instant) })),
      }),
      output: object({ status: oneOf('put', 'moved'), 'revision?': whole }),
    },
    removeSchedule: { input: ids, output: listOf(flag) },
    fireSchedule: {
      input: object({ fires: listOf(scheduleFire) }),
      output: listOf(object({ status: oneOf(...fireStatuses), 'jobId?': text })),
    },
    listSchedules: {
      input: object({ ...limit, 'ids?': listOf(text), 'cursor?': orNull(text) }),
      output: object({ schedules: listOf(storedSchedule), cursor: orNull(text), now: instant }),
    },
    heartbeat: { input: object({ report: object(report), ttlMs: number }), output: nothing },
    leave: { input: object(worker), output: nothing },
    cancel: { input: ids, output: status('cancelled', 'requested', 'finished', 'not-found') },
    reschedule: {
      input: object({ entries: listOf(object({ id: text, 'executeAt?': instant, 'delayMs?': number })) }),
      output: status('rescheduled', 'parked', 'active', 'finished', 'not-found'),
    },
    remove: { input: ids, output: status('removed', 'active', 'not-found') },
    redrive: { input: ids, output: status('redriven', 'duplicate', 'not-dead', 'not-found') },
    get: { input: ids, output: listOf(orNull(storedJob)) },
    list: {
      input: object({ name: text, state, ...limit, 'cursor?': orNull(text) }),
      output: object({ jobs: listOf(storedJob), cursor: orNull(text) }),
    },
    counts: { input: object({ 'names?': listOf(text) }), output: listOf(nameCounts) },
    workers: { input: nothing, output: listOf(object({ ...report, seenAt: instant, expiresAt: instant })) },
  }

const base = { seq: whole, at: instant, process: text }
const rejected = object({ ...base, call: whole, error: text })

/** The members of each type of event; those of `invoke` and `ok` that depend on the method are in `methodShapes`. */
export const eventShapes: Readonly<Record<string, Shape>> = {
  invoke: object({ ...base, call: whole, method: oneOf(...Object.keys(methodShapes)) }),
  ok: object({ ...base, call: whole }),
  fail: rejected,
  unknown: rejected,
  start: object({ ...base, lease, attempt: whole, maxAttempts: whole, executeAt: instant }),
  end: object({ ...base, id: text, fence, outcome: oneOf('returned', 'threw') }),
  process: object({
    ...{ ...base, what: oneOf('started', 'stopped', 'crashed', 'paused', 'resumed'), 'worker?': text },
    ...{ 'role?': oneOf('worker', 'scheduler', 'producer'), 'concurrency?': mapOf(whole) },
  }),
  healthy: object(base),
  snapshot: object({ ...base, jobs: listOf(storedJob), counts: listOf(nameCounts), drained: flag }),
}

/** The first line, beside its format and version. */
export const headerShape: Shape = object({
  ...{ store: text, 'setsAside?': flag, 'maxRecoveries?': whole },
  'notes?': mapOf(
    a('a text, a number, true or false', (value) => ['string', 'number', 'boolean'].includes(typeof value)),
  ),
})
