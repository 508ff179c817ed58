import { Inspector, Scheduler, Worker } from '@goscheds/core'
import { describe, expect, it } from 'vitest'
import { ManualClock, MemoryStore } from '../src/index.js'

describe('MemoryStore', () => {
  it('runs a job that is due tomorrow when the manual clock gets there, and not a millisecond before', async () => {
    const clock = new ManualClock()
    await using store = new MemoryStore({ clock })
    await using scheduler = new Scheduler({ store, runtime: clock })
    await using worker = new Worker({ store, runtime: clock })
    const ranAt: number[] = []
    worker.registerHandler('report', () => void ranAt.push(clock.now()))
    scheduler.start()
    worker.start()
    const executeAt = new Date(clock.now() + 86_400_000)
    await scheduler.pushScheduled('report', null, { executeAt })

    await clock.advance(86_399_999)
    expect(ranAt).toEqual([])
    await clock.advance(1)
    expect(ranAt).toEqual([executeAt.getTime()])
  })

  it('works on the system clock when it is given none', async () => {
    await using store = new MemoryStore()
    await using scheduler = new Scheduler({ store })
    const { id } = await scheduler.push('now', { n: 1 })
    const job = await new Inspector({ store }).get(id)
    expect(job).toMatchObject({ state: 'ready', args: { n: 1 } })
    expect(Math.abs((job?.enqueuedAt.getTime() ?? 0) - Date.now())).toBeLessThan(5_000)
  })

  it('keeps no jobs and no names of what has ended without a trace', async () => {
    const clock = new ManualClock()
    await using store = new MemoryStore({ clock })
    await using scheduler = new Scheduler({ store, runtime: clock })
    await using worker = new Worker({ store, runtime: clock })
    let ran = 0
    worker.registerHandler('once', () => void ran++)
    scheduler.start()
    worker.start()
    await scheduler.pushMany(Array.from({ length: 100 }, (_, n) => ({ name: 'once', args: n })))
    await clock.advance(10)
    expect(ran).toBe(100)
    expect(await new Inspector({ store, runtime: clock }).counts()).toEqual([])
  })
})

describe('mistakes with a MemoryStore', () => {
  it('are refused at the call: an option of another name, and a cursor of another list', async () => {
    expect(() => new MemoryStore({ runtime: new ManualClock() } as object)).toThrow(
      "MemoryStore options has no option 'runtime'; it knows clock",
    )
    const inspector = new Inspector({ store: new MemoryStore() })
    const listing = inspector.list({ name: 'a', state: 'dead', cursor: 'nonsense' })
    await expect(listing).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})
