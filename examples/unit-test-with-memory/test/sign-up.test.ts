import { Scheduler, Worker } from '@goscheds/core'
import { ManualClock, MemoryStore } from '@goscheds/memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { handleMails, signUp } from '../src/sign-up.js'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

const WELCOME = 'Welcome! (ada@example.com)'
const REMINDER = 'Have you tried it yet? (ada@example.com)'

describe('signing up', () => {
  // The store, the scheduler and the worker share one clock, and it stands still until the test moves it.
  let clock: ManualClock
  let store: MemoryStore
  let scheduler: Scheduler
  let worker: Worker
  let sent: string[]
  let isBusy: boolean

  beforeEach(() => {
    clock = new ManualClock()
    store = new MemoryStore({ clock })
    scheduler = new Scheduler({ store, runtime: clock })
    worker = new Worker({ store, runtime: clock })
    sent = []
    isBusy = false
    handleMails(worker, {
      async send({ to, subject }) {
        if (isBusy) throw new Error('the mail server is busy')
        sent.push(`${subject} (${to})`)
      },
    })
  })

  afterEach(async () => {
    await worker.stop()
    await scheduler.stop()
    await store.close()
    expect(clock.pendingTimers, 'timers left behind').toBe(0)
  })

  /** Starts what runs in the background, and lets it do what there is to do at this moment. */
  async function start(): Promise<void> {
    scheduler.start()
    worker.start()
    await clock.advance(0)
  }

  it('sends the welcome at once', async () => {
    await start()
    await signUp(scheduler, 'ada@example.com')
    await clock.advance(0)
    expect(sent).toEqual([WELCOME])
  })

  it('sends the reminder after three days, and not a millisecond before', async () => {
    await signUp(scheduler, 'ada@example.com')
    // Moving the clock by days is instant while nothing runs: a worker looks every few seconds, also when it idles.
    await clock.advance(3 * DAY_MS - 1)
    await start()
    expect(sent).toEqual([WELCOME])
    await clock.advance(1)
    expect(sent).toEqual([WELCOME, REMINDER])
  })

  it('tries the reminder again after a minute when the mail server is busy', async () => {
    await signUp(scheduler, 'ada@example.com')
    await clock.advance(3 * DAY_MS - 1)
    await start()
    isBusy = true
    await clock.advance(1)
    isBusy = false
    expect(sent).toEqual([WELCOME])
    await clock.advance(MINUTE_MS - 1)
    expect(sent).toEqual([WELCOME])
    await clock.advance(1)
    expect(sent).toEqual([WELCOME, REMINDER])
  })
})
