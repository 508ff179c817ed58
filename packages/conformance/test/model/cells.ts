const waiting = ['scheduled', 'ready'] as const
const finished = ['completed', 'dead', 'cancelled'] as const
const held = [...waiting, 'active', ...finished] as const
const conflicts = ['ignore', 'replace', 'reschedule', 'runAgain'] as const
const settlements = ['completed', 'retry', 'dead', 'released', 'cancelled'] as const

/** Every cell of the table in docs/state-machine.md in which a command has an outcome, and some more. */
export const cells: readonly string[] = [
  'enqueue | absent → added',
  ...waiting.map((state) => `enqueue |  → ${state}`),
  ...held.map((state) => `enqueue | ${state} → duplicate`),
  ...['some', 'none', 'next due', 'more is due', 'empty'].map((outcome) => `promote |  → ${outcome}`),
  ...['handed out', 'nothing'].map((outcome) => `claim |  → ${outcome}`),
  'extend, current lease | active → held',
  'extend, current lease | active → cancel-requested',
  ...[...waiting, ...finished].map((state) => `extend, current lease | ${state} → lost`),
  ...held.map((state) => `extend, old lease | ${state} → lost`),
  'extend, any lease | absent → lost',
  ...finished.map((state) => `settle ${state}, current lease | active → settled ${state}`),
  ...finished.map((state) => `settle ${state}, current lease, cancel requested | active → settled ${state}`),
  ...['retry', 'released'].flatMap((type) => [
    ...waiting.map((state) => `settle ${type}, current lease | active → settled ${state}`),
    `settle ${type}, current lease, cancel requested | active → settled cancelled`,
  ]),
  ...settlements.flatMap((type) =>
    [...waiting, ...finished].map((state) => `settle ${type}, current lease | ${state} → lost`),
  ),
  ...held.map((state) => `settle …, old lease | ${state} → lost`),
  'settle …, any lease | absent → lost',
  ...['ready', 'dead', 'cancelled'].map((outcome) => `reap | active → ${outcome}`),
  'cancel | absent → not-found',
  ...waiting.map((state) => `cancel | ${state} → cancelled`),
  'cancel | active → requested',
  ...finished.map((state) => `cancel | ${state} → finished ${state}`),
  ...['reschedule, later', 'reschedule, due'].flatMap((row) => [
    `${row} | absent → not-found`,
    ...waiting.map((state) => `${row} | ${state} → rescheduled ${row.endsWith('due') ? 'ready' : 'scheduled'}`),
    `${row} | active → active`,
    ...finished.map((state) => `${row} | ${state} → finished ${state}`),
  ]),
  'remove | absent → not-found',
  ...[...waiting, ...finished].map((state) => `remove | ${state} → removed ${state}`),
  'remove | active → active',
  'redrive | absent → not-found',
  ...held.map((state) => `redrive | ${state} → ${state === 'dead' ? 'redriven' : `not-dead ${state}`}`),
  ...finished.map((state) => `prune | ${state} → absent`),
  ...['completed', 'cancelled'].map((state) => `prune | ${state} → stays`),
  'prune, retention not passed | dead → stays',
  'prune, retention not passed | dead → absent',
  ...['of a worker that reports', 'of a worker that does not'].map((outcome) => `leave |  → ${outcome}`),
  ...['some', 'none'].map((outcome) => `workers |  → ${outcome}`),
  ...['there is one', 'aborted before'].map((outcome) => `waitForReady |  → ${outcome}`),
]

/** What comes of parking, unique keys, priorities, expiry, bounds, pauses and reports. */
export const cellsOfOptions: readonly string[] = [
  'enqueue | parked → duplicate',
  ...['finished', 'started', 'for a time'].map((until) => `enqueue, ${until} |  → added`),
  ...waiting.flatMap((state) => [
    `enqueue ignore, a key | ${state} → duplicate`,
    `enqueue replace, a key | ${state} → replaced`,
    `enqueue reschedule, a key | ${state} → rescheduled`,
    `enqueue runAgain, a key | ${state} → duplicate`,
  ]),
  ...['ignore', 'replace', 'reschedule'].map((how) => `enqueue ${how}, a key | active → duplicate`),
  'enqueue runAgain, a key | active → queuedAgain',
  'enqueue runAgain, a key | parked → duplicate',
  // A time to live does not replace a holder that has none.
  ...waiting.map((state) => `enqueue replace, a key | ${state} → duplicate`),
  ...conflicts.flatMap((how) =>
    ['active', 'absent'].map((state) => `enqueue ${how}, a key held for a time | ${state} → duplicate`),
  ),
  ...finished.map((state) => `enqueue, a key held for a time | ${state} → duplicate`),
  'extend, current lease | parked → lost',
  'report, current lease | active → reported',
  ...[...waiting, 'parked', ...finished].map((state) => `report, current lease | ${state} → lost`),
  ...[...waiting, 'active'].map((state) => `report, old lease | ${state} → lost`),
  'report, any lease | absent → lost',
  ...['settle', 'reap'].map((method) => `${method} | active → parked`),
  ...['claim', 'settle', 'reap', 'cancel or remove'].map((method) => `freed by ${method} | parked → ready`),
  'freed by settle | parked → scheduled',
  'cancel | parked → cancelled',
  'remove | parked → removed scheduled',
  ...['later', 'due'].map((when) => `reschedule, ${when} | parked → parked`),
  'redrive | parked → not-dead scheduled',
  ...[...waiting, 'parked'].map((state) => `reap, expired | ${state} → expired`),
  ...['dead', 'absent'].map((state) => `claim | ready → expired, ${state}`),
  ...['held', 'held, none', 'with a checkpoint'].map((outcome) => `claim | ready → ${outcome}`),
  ...['one between', 'the highest'].map((whose) => `claim, in turn | ready → ${whose}`),
  'redrive | dead → duplicate',
  ...['expired', 'with a key'].map((which) => `redrive, ${which} | dead → redriven`),
  ...['settle', 'reap', 'cancel or remove'].map((method) => `trimmed by ${method} | cancelled → absent`),
  ...['settle', 'reap', 'claim'].map((method) => `trimmed by ${method} | dead → absent`),
  'trimmed by settle | completed → absent',
  ...['names', 'the namespace'].flatMap((whose) =>
    ['paused', 'resumed'].map((how) => `setPaused, ${whose} |  → ${how}`),
  ),
  ...['paused', 'not paused'].flatMap((how) =>
    ['none', 'now', 'older'].map((age) => `counts |  → ${how}, oldest ready: ${age}`),
  ),
  ...['the last failures', 'the last lines'].map((outcome) => `get | active → ${outcome}`),
  ...['alone', 'behind others'].map((where) => `list | parked → ${where}`),
  'list | ready → several priorities',
]

const goingOn = [...waiting, 'active', 'parked'] as const

/** What comes of schedules: each overlap in each place of the run before, and what comes before any is looked at. */
export const cellsOfSchedules: readonly string[] = [
  ...['none, none expected', 'none, none expected, paused', 'one, one expected', 'one, one expected, paused'].map(
    (what) => `putSchedule of ${what} |  → put`,
  ),
  ...['a paused one, one expected', 'a paused one, one expected, paused'].map(
    (what) => `putSchedule of ${what} |  → put`,
  ),
  ...['one, none expected', 'one, one expected', 'none, one expected'].map(
    (what) => `putSchedule of ${what} |  → moved`,
  ),
  'putSchedule |  → one that fired',
  ...['there', 'not there'].map((outcome) => `removeSchedule |  → ${outcome}`),
  ...['a schedule due', 'several schedules due'].map((outcome) => `promote |  → ${outcome}`),
  ...['by id', 'by id, empty', 'a page', 'the last page', 'the last page, empty'].map(
    (outcome) => `listSchedules |  → ${outcome}`,
  ),
  ...['fired', 'buffered', 'skipped', 'duplicate', 'early', 'not-found'].flatMap((status) => [
    `fire, in turn |  → ${status}`,
    `fire, out of turn |  → ${status}`,
  ]),
  ...['passed', 'moved', 'paused'].map((status) => `fire, in turn |  → ${status}`),
  ...['skip', 'bufferOne', 'bufferAll', 'cancelOther', 'allowAll'].map((overlap) => `fire ${overlap} | absent → fired`),
  ...goingOn.flatMap((place) => [
    `fire skip | ${place} → skipped`,
    `fire bufferOne | ${place} → ${place === 'parked' ? 'skipped' : 'buffered'}`,
    `fire bufferAll | ${place} → buffered`,
  ]),
  ...waiting.map((place) => `fire cancelOther | ${place} → fired`),
  ...['active', 'parked'].map((place) => `fire cancelOther | ${place} → buffered`),
  'fire cancelOther | parked → fired',
  ...['paused for a dead job', 'another time', 'another revision', 'the last', 'used up', 'missed some'].map(
    (outcome) => `fire |  → ${outcome}`,
  ),
  'fire |  → kept in the place of another',
]
