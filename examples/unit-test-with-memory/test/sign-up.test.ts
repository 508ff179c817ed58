import { Scheduler, Worker } from '@goscheds/core'
import { ManualClock, MemoryStore } from '@goscheds/memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { handleMails, signUp } from '../src/sign-up.js'

const DAY_MS = 24 * 60 * 60 * 1_000

describe('signing up', () => {
  // The store, the scheduler and the worker share one clock, and it stands still until the test moves it.
  let clock: ManualClock
  let store: MemoryStore
  let scheduler: Scheduler
  let worker: Worker
  let sent: string[]
  let failures: number

  beforeEach(() => {
    clock = new ManualClock()
    store = new MemoryStore({ clock })
    scheduler = new Scheduler({ store, runtime: clock })
    worker = new Worker({ store, runtime: clock })
    sent = []
    failures = 0
    handleMails(worker, {
      async send({ to, subject }) {
        if (failures-- > 0) throw new Error('the mail server is busy')
        sent.push(`${subject} (${to})`)
      },
    })
    scheduler.start()
    worker.start()
  })

  afterEach(async () => {
    await worker.stop()
    await scheduler.stop()
    await store.close()
    expect(clock.pendingTimers, 'timers left behind').toBe(0)
  })

  it('sends the welcome at once', async () => {
    await signUp(scheduler, 'ada@example.com')
    await clock.advance(0)
    expect(sent).toEqual(['Welcome! (ada@example.com)'])
  })

  it('sends the reminder after three days and not a moment before', async () => {
    await signUp(scheduler, 'ada@example.com')
    await clock.advance(3 * DAY_MS - 1)
    expect(sent).toHaveLength(1)
    await clock.advance(1)
    expect(sent).toEqual(['Welcome! (ada@example.com)', 'Have you tried it yet? (ada@example.com)'])
  })

  it('tries again when the mail server was busy', async () => {
    failures = 1
    await signUp(scheduler, 'ada@example.com')
    await clock.advance(0)
    expect(sent).toEqual(['Welcome! (ada@example.com)'])
  })
})
