import type { Stage } from './history-stage.js'

const HOUR_MS = 3_600_000
const FAILED = { type: 'retry', delayMs: 0, error: 'no' } as const
const unique = { key: 'ada', until: 'finished', onConflict: 'ignore' } as const
const runAgain = { ...unique, onConflict: 'runAgain' } as const
const untilStarted = { ...unique, until: 'started' } as const
const COMPLETED = { type: 'completed', retentionMs: 0 } as const

/** What is done with a sound store, and with one that is broken. Each scene ends with nothing left to do. */
export const scenes = {
  /** A lease runs out, and its worker comes back when another has the job. */
  async takenOver(stage) {
    await stage.push({})
    const first = await stage.claim('worker-1')
    await stage.advance(1_001)
    await stage.reap()
    const second = await stage.claim('worker-2')
    await stage.extend('worker-1', first)
    await stage.report('worker-1', first)
    await stage.settle('worker-1', first, COMPLETED)
    await stage.report('worker-2', second)
    await stage.settle('worker-2', second, COMPLETED)
  },

  /** The reaper comes while a lease is valid. */
  async tooSoon(stage) {
    await stage.push({})
    const jobs = await stage.claim('worker-1')
    await stage.reap()
    await stage.settle('worker-1', jobs, COMPLETED)
    await stage.work('worker-2')
  },

  /** A lease has run out, and its worker renews it between two looks of the reaper. */
  async renewed(stage) {
    await stage.push({})
    const jobs = await stage.claim('worker-1')
    await stage.advance(1_001)
    await stage.reap()
    await stage.extend('worker-1', jobs)
    await stage.reap()
    await stage.work('worker-2')
    await stage.settle('worker-1', jobs, COMPLETED)
  },

  /** A worker crashes with a job in hand that it has not claimed. */
  async inHand(stage) {
    await stage.crashWithAJobInHand('worker-1', {})
    await stage.advance(60_000)
    await stage.reap()
    await stage.work('worker-2')
  },

  /** A job becomes due, and schedulers look again and again. */
  async due(stage) {
    await stage.push({ delayMs: 1_000 })
    await stage.advance(1_000)
    for (let looks = 0; looks < 3; looks++) await stage.promote()
    await stage.work('worker-1')
  },

  /** Schedulers look before a job is due. */
  async early(stage) {
    await stage.push({ executeAt: (await stage.now()) + 60_000 })
    await stage.promote()
    await stage.work('worker-1')
    await stage.advance(60_000)
    await stage.promote()
    await stage.work('worker-1')
  },

  /** A job fails, and is to wait before it is tried again. */
  async waits(stage) {
    await stage.push({})
    await stage.settle('worker-1', await stage.claim('worker-1'), { ...FAILED, delayMs: 10_000 })
    await stage.promote()
    await stage.work('worker-1')
    await stage.advance(10_000)
    await stage.promote()
    await stage.work('worker-1')
  },

  /** A job fails twice. */
  async fails(stage) {
    await stage.push({})
    await stage.settle('worker-1', await stage.claim('worker-1'), FAILED)
    await stage.settle('worker-1', await stage.claim('worker-1'), FAILED)
    await stage.work('worker-1')
  },

  /** A job kills its workers. */
  async kills(stage) {
    await stage.push({ retention: { completedMs: 0, deadMs: HOUR_MS } })
    for (const worker of ['worker-1', 'worker-2', 'worker-3']) {
      await stage.claim(worker)
      await stage.advance(1_001)
      await stage.reap(1)
    }
    await stage.work('worker-4')
  },

  /** Some jobs wait in line. */
  async inLine(stage) {
    await stage.push({}, {}, {})
    await stage.work('worker-1')
  },

  /** An id is pushed again while its job is there. */
  async again(stage) {
    await stage.push({ id: 'one' })
    await stage.push({ id: 'one' })
    await stage.work('worker-1')
  },

  /** A job is cancelled that waits in line. */
  async cancelled(stage) {
    await stage.push({ id: 'one', retention: { completedMs: HOUR_MS, deadMs: 0 } })
    await stage.cancel('one')
    await stage.work('worker-1')
  },

  /** Some jobs of a priority wait in line. */
  async inLineOfAPriority(stage) {
    await stage.push({ priority: 5 }, { priority: 5 }, { priority: 5 })
    await stage.work('worker-1')
    await stage.work('worker-1')
  },

  /** A key is asked for while it is held by what waits and by what runs, and again when it is free. */
  async keyed(stage) {
    await stage.push({ unique })
    await stage.push({ unique })
    const first = await stage.claim('worker-1')
    await stage.push({ unique })
    const second = await stage.claim('worker-2')
    await stage.settle('worker-1', first, COMPLETED)
    await stage.settle('worker-2', second, COMPLETED)
    await stage.push({ unique })
    await stage.work('worker-1')
  },

  /** A job is to run once more when the one that runs has ended. */
  async queuedAgain(stage) {
    await stage.push({ unique })
    const first = await stage.claim('worker-1')
    await stage.push({ unique: runAgain })
    await stage.settle('worker-1', first, COMPLETED)
    await stage.work('worker-1')
  },

  /** The same, and the one that runs kills its worker. */
  async queuedAgainBehindAKiller(stage) {
    await stage.push({ unique, retention: { completedMs: 0, deadMs: HOUR_MS } })
    await stage.claim('worker-1')
    await stage.push({ unique: runAgain })
    await stage.advance(1_001)
    await stage.reap(0)
    await stage.work('worker-2')
  },

  /** A job that holds its key until it starts comes back to find it held. */
  async parked(stage) {
    await stage.push({ id: 'one', unique: untilStarted })
    const first = await stage.claim('worker-1')
    await stage.push({ id: 'two', unique: untilStarted })
    await stage.settle('worker-1', first, FAILED)
    await stage.work('worker-1', 1)
    await stage.work('worker-1', 1)
  },

  /** Workers ask for the jobs of a name that is paused. */
  async paused(stage) {
    await stage.push({})
    await stage.setPaused(true, ['email'])
    await stage.work('worker-1')
    await stage.setPaused(false, ['email'])
    await stage.work('worker-1')
  },

  /** Workers ask for jobs while all names are paused. */
  async allPaused(stage) {
    await stage.push({})
    await stage.setPaused(true)
    await stage.work('worker-1')
    await stage.setPaused(false)
    await stage.work('worker-1')
  },

  /** Nobody claims a job in time. */
  async expires(stage) {
    await stage.push({ expiresAt: (await stage.now()) + 1_000, retention: { completedMs: 0, deadMs: HOUR_MS } })
    await stage.advance(1_000)
    await stage.work('worker-1')
  },
} satisfies Readonly<Record<string, (stage: Stage) => Promise<void>>>
