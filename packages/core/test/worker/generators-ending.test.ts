import { describe, expect, it } from 'vitest'
import { aWorld } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'
import { runJob } from '../support/run-job.js'
import { unhandledDuring } from '../support/unhandled-during.js'

const kept = { retain: { completedMs: 600_000, deadMs: 600_000 } }

/** A generator that yields 1, 2, … one for each second, and tells what is thrown into it. */
async function counting(push: object = {}) {
  const thrown: unknown[] = []
  const notes = { cleaned: 0, yielded: 0 }
  const { world, sleep } = aSleepyWorld()
  const run = await runJob(
    async function* () {
      try {
        for (;;) {
          yield ++notes.yielded
          await sleep(1_000)
        }
      } catch (error) {
        thrown.push(error)
        throw error
      } finally {
        notes.cleaned++
      }
    },
    { push: { ...kept, ...push }, world },
  )
  return { ...run, thrown, notes }
}

function aSleepyWorld() {
  const world = aWorld()
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void world.clock.setTimer(ms, resolve))
  return { world, sleep }
}

describe('an async generator', () => {
  it('ends at its next checkpoint when its worker stops, released, and without an attempt used', async () => {
    const { world, worker, events, thrown, notes, get } = await counting()
    await world.pass(2_500)
    const at = world.clock.monotonic()
    await world.until(worker.stop({ graceMs: 20_000 }))
    expect(world.clock.monotonic() - at).toBeLessThanOrEqual(600)
    expect(thrown).toMatchObject([{ code: 'WORKER_STOPPING' }])
    expect(notes).toEqual({ cleaned: 1, yielded: 4 })
    expect(events).toEqual(['started', 'released'])
    expect(await get()).toMatchObject({ state: 'ready', attempts: 0, checkpoint: 4 })
  })

  it('has the grace of the stop for its finally blocks', async () => {
    const { world, sleep } = aSleepyWorld()
    let cleaned = false
    const { worker, events, get } = await runJob(
      async function* () {
        try {
          for (;;) {
            yield 1
            await sleep(100)
          }
        } finally {
          await sleep(5_000)
          cleaned = true
        }
      },
      { push: kept, world },
    )
    const stopping = worker.stop({ graceMs: 10_000 })
    await world.pass(2_000)
    expect(events).toEqual(['started'])
    await world.until(stopping)
    expect(cleaned).toBe(true)
    expect(events).toEqual(['started', 'released'])
    expect(await get()).toMatchObject({ state: 'ready', attempts: 0, checkpoint: 1 })
  })

  it('loses its slot a second after the grace of the stop when its finally blocks take longer', async () => {
    const { world, sleep } = aSleepyWorld()
    const { worker, events } = await runJob(
      async function* () {
        try {
          yield 1
          await sleep(100)
          yield 2
        } finally {
          await new Promise(() => {})
        }
      },
      { push: kept, world },
    )
    const at = world.clock.monotonic()
    await world.until(worker.stop({ graceMs: 2_000 }))
    expect(world.clock.monotonic() - at).toBeLessThanOrEqual(3_200)
    expect(events).toEqual(['started', 'released'])
  })

  it('has a cancel thrown into it at its next checkpoint, though it does not look at its signal', async () => {
    const { world, events, thrown, notes, get, stop } = await counting()
    await world.pass(500)
    await world.inspector.cancel('a')
    await world.pass(500)
    expect(thrown).toMatchObject([{ code: 'CANCELLED' }])
    expect(notes.cleaned).toBe(1)
    expect(events).toEqual(['started', 'cancelled'])
    expect(await get()).toMatchObject({ state: 'cancelled', checkpoint: 2 })
    expect(await stop()).toBe(0)
  })

  it('has its time limit thrown into it, and has failed', async () => {
    const { world, thrown, get, stop } = await counting({ timeoutMs: 1_500, maxAttempts: 1 })
    await world.pass(2_000)
    expect(thrown).toMatchObject([{ code: 'JOB_TIMED_OUT' }])
    expect(await get()).toMatchObject({ state: 'dead', attempts: 1, error: { code: 'JOB_TIMED_OUT' } })
    await stop()
  })

  it('has LEASE_LOST thrown into it when the store has its job elsewhere', async () => {
    const { world, events, thrown, stop } = await counting()
    const [job] = await world.memory.get({ ids: ['a'] })
    const lease = { id: 'a', name: 'email', fence: { generation: job?.generation ?? 0, claim: job?.claims ?? 0 } }
    await world.memory.settle({ entries: [{ lease, settlement: { type: 'released', delayMs: 600_000 } }] })
    await world.pass(1_000)
    expect(thrown).toMatchObject([{ code: 'LEASE_LOST' }])
    expect(events).toEqual(['started', 'lost'])
    await stop()
  })

  it('completes when it returns in spite of what was thrown into it', async () => {
    const gate = deferred()
    const { world, worker, events, get } = await runJob(
      async function* () {
        await gate.promise
        try {
          yield 1
        } catch {
          return 'all of it'
        }
        return 'never'
      },
      { push: kept },
    )
    const stopped = worker.stop()
    gate.resolve()
    await world.until(stopped)
    expect(events).toEqual(['started', 'completed'])
    expect(await get()).toMatchObject({ result: 'all of it' })
  })

  it('is ended when it yields at last, after its slot was taken from it, and harms nobody by how', async () => {
    const gate = deferred()
    let cleaned = false
    let events: readonly string[] = []
    let resumed = false
    const unhandled = await unhandledDuring(async () => {
      const run = await runJob(
        async function* () {
          try {
            await gate.promise
            yield 1
            resumed = true
          } finally {
            cleaned = true
            throw new Error('of the clean-up')
          }
        },
        { push: { timeoutMs: 500, maxAttempts: 1 } },
      )
      await run.world.pass(1_500)
      events = run.events
      expect(run.worker.health().inFlight).toBe(0)
      gate.resolve()
      await run.world.clock.advance(0)
      await run.stop()
    })
    expect(unhandled).toEqual([])
    expect(events).toEqual(['started', 'dead'])
    expect([cleaned, resumed]).toEqual([true, false])
  })

  it('that goes on whatever is thrown into it loses its slot a second after the first', async () => {
    const { world, sleep } = aSleepyWorld()
    let ended = false
    const { worker, events, get, stop } = await runJob(
      async function* () {
        try {
          for (let row = 0; ; row++) {
            try {
              yield row
            } catch {
              // Not heeded.
            }
            await sleep(100)
          }
        } finally {
          ended = true
        }
      },
      { push: { ...kept, timeoutMs: 1_000, maxAttempts: 1 }, world },
    )
    await world.pass(2_000)
    expect(worker.health().inFlight).toBe(0)
    expect(events).toEqual(['started', 'dead'])
    expect(await get()).toMatchObject({ error: { code: 'JOB_TIMED_OUT' } })
    await world.pass(200)
    expect(ended).toBe(true)
    expect(await stop()).toBe(0)
  })
})
