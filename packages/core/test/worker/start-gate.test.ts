import { ManualClock, MemoryStore } from '@goscheds/memory'
import { describe, expect, it } from 'vitest'
import { Inspector, Scheduler, Worker } from '../../src/index.js'

/** A clock on which a synchronous handler can be seen to take time. */
class BusyClock extends ManualClock {
  #busyMs = 0

  work(ms: number): void {
    this.#busyMs += ms
  }

  override monotonic(): number {
    return super.monotonic() + this.#busyMs
  }
}

async function tenJobs(clock: ManualClock, store: MemoryStore): Promise<void> {
  const scheduler = new Scheduler({ store, runtime: clock })
  await scheduler.pushMany(Array.from({ length: 10 }, (_, n) => ({ name: 'busy', args: n, id: `job-${n}` })))
  await scheduler.stop()
}

/** How many jobs had been settled when each handler began. */
async function settledAtEachStart(workMs: number): Promise<number[]> {
  const clock = new BusyClock()
  const store = new MemoryStore({ clock })
  await tenJobs(clock, store)
  const worker = new Worker({ store, runtime: clock })
  const settled: number[] = []
  let completed = 0
  worker.on('completed', () => completed++)
  worker.registerHandler('busy', () => {
    settled.push(completed)
    clock.work(workMs)
  })
  worker.start()
  await clock.advance(10)
  const stopping = worker.stop()
  await clock.advance(10)
  await stopping
  return settled
}

describe('handlers that were claimed together', () => {
  it('let settlements and renewals pass in between when they keep the event loop busy (G7)', async () => {
    expect(await settledAtEachStart(100)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('begin in one turn when they do not', async () => {
    expect(await settledAtEachStart(0)).toEqual(Array.from({ length: 10 }, () => 0))
  })

  it('are given back unstarted when their lease is lost before they begin (G3)', async () => {
    const clock = new BusyClock()
    const store = new MemoryStore({ clock })
    await tenJobs(clock, store)
    const worker = new Worker({ store, runtime: clock, leaseMs: 1_000 })
    const ran: number[] = []
    worker.registerHandler<number>('busy', (job) => {
      ran.push(job.args)
      if (ran.length === 1) clock.work(5_000)
    })
    let released = 0
    worker.on('released', () => released++)
    worker.start()
    await clock.advance(10)
    expect(released).toBeGreaterThan(0)
    const stopping = worker.stop()
    await clock.advance(10)
    await stopping
    expect(new Set(ran).size).toBe(ran.length)
    const [counts] = await new Inspector({ store, runtime: clock }).counts(['busy'])
    expect(counts).toMatchObject({ ready: 10 - ran.length, active: 0, dead: 0 })
  })

  it('may be cancelled while they wait for their turn for longer than a handler may go on after that', async () => {
    const store = new MemoryStore()
    const scheduler = new Scheduler({ store })
    const pushed = await scheduler.pushMany(Array.from({ length: 70 }, (_, args) => ({ name: 'busy', args })))
    const last = pushed.at(-1)
    if (last === undefined || !('id' in last)) throw new Error('nothing was pushed')
    const worker = new Worker({ store, concurrency: 100 })
    const ended: string[] = []
    const allEnded = new Promise<void>((resolve) => {
      const note = (id: string): void => {
        if (ended.push(id) === pushed.length) resolve()
      }
      worker.on('completed', ({ job }) => note(job.id)).on('cancelled', ({ lease }) => note(`cancelled ${lease.id}`))
    })
    worker.registerHandler('busy', () => {
      const since = performance.now()
      while (performance.now() - since < 20);
    })
    worker.start()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await new Inspector({ store }).cancel(last.id)).toMatchObject({ status: 'requested' })
    await allEnded
    expect(ended).toContain(`cancelled ${last.id}`)
    expect(worker.health().inFlight).toBe(0)
    await worker.stop()
    await scheduler.stop()
  })
})
