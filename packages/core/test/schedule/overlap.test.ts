import { describe, expect, it } from 'vitest'
import type { HandlerContext, Job, Overlap } from '../../src/index.js'
import { aSchedule, aSchedulingWorld, on } from '../support/a-schedule.js'

/** Fires at each minute; each run of a job takes two and a half. Resolves to what was run, when, after six minutes. */
async function sixMinutes(overlap: Overlap) {
  const world = aSchedulingWorld()
  const ran: string[] = []
  const minute = (time: Date | number): string => new Date(time).toISOString().slice(14, 19)
  const worker = world.worker()
  worker.registerHandler('report', async ({ schedule }: Job, { signal }: HandlerContext) => {
    const started = `${minute(schedule?.fireAt ?? 0)} at ${minute(world.clock.now())}`
    await new Promise<void>((resolve) => {
      world.clock.setTimer(150_000, resolve)
      signal.addEventListener('abort', () => resolve())
    })
    ran.push(`${started}${signal.aborted ? ' aborted' : ''}`)
    signal.throwIfAborted()
  })
  worker.start()
  await world.main.schedules.put(aSchedule({ overlap, endAt: on('00:05:00') }))
  await world.pass(360_000, 1_000)
  const view = await world.main.schedules.get('s')
  await world.pass(900_000, 1_000)
  await world.until(worker.stop())
  return { ran, outcomes: view?.fires.map(({ outcome }) => outcome), view }
}

// Between the end of a run and the start of the next there is up to a moment of the worker's.
const rounded = (ran: readonly string[]): string[] => ran.map((line) => line.replace(/0[01]( aborted)?$/, '00$1'))

describe('when a job is still running at the next fire', () => {
  it('skip makes none', async () => {
    const { ran, outcomes, view } = await sixMinutes('skip')
    expect(outcomes).toEqual(['fired', 'skipped', 'skipped', 'fired', 'skipped'])
    expect(rounded(ran)).toEqual(['01:00 at 01:00', '04:00 at 04:00'])
    expect(view).toMatchObject({ fired: 2, skipped: 3, missed: 0 })
  })

  it('bufferOne lets one wait', async () => {
    const { ran, outcomes } = await sixMinutes('bufferOne')
    expect(outcomes).toEqual(['fired', 'buffered', 'skipped', 'buffered', 'skipped'])
    expect(ran.map((line) => line.slice(0, 5))).toEqual(['01:00', '02:00', '04:00'])
  })

  it('bufferAll lets all wait, and runs them one after another', async () => {
    const { ran, outcomes } = await sixMinutes('bufferAll')
    expect(outcomes).toEqual(['fired', 'buffered', 'buffered', 'buffered', 'buffered'])
    expect(ran.map((line) => line.slice(0, 5))).toEqual(['01:00', '02:00', '03:00', '04:00', '05:00'])
    const starts = ran.map((line) => Date.parse(`2024-01-01T00:${line.slice(9, 14)}Z`))
    expect(starts.every((start, n) => n === 0 || start - (starts[n - 1] ?? 0) >= 150_000)).toBe(true)
  })

  it('cancelOther aborts it, and the new one runs', async () => {
    const { ran, outcomes } = await sixMinutes('cancelOther')
    expect(outcomes).toEqual(['fired', 'buffered', 'buffered', 'buffered', 'buffered'])
    expect(ran.map((line) => `${line.slice(0, 5)}${line.slice(14)}`)).toEqual([
      ...['01:00 aborted', '02:00 aborted', '03:00 aborted', '04:00 aborted', '05:00'],
    ])
  })

  it('allowAll runs it beside', async () => {
    const { ran, outcomes } = await sixMinutes('allowAll')
    expect(outcomes).toEqual(['fired', 'fired', 'fired', 'fired', 'fired'])
    expect(rounded(ran)).toEqual(['01:00', '02:00', '03:00', '04:00', '05:00'].map((time) => `${time} at ${time}`))
  })
})

describe('a handler', () => {
  it('gets the nominal time and how late it began; and undefined for a job that was pushed', async () => {
    const world = aSchedulingWorld()
    const seen: Job['schedule'][] = []
    await world.main.schedules.put(aSchedule({ catchUp: 'latest', overlap: 'allowAll' }))
    await world.outage(90_000)
    const worker = world.worker()
    worker.registerHandler('report', ({ schedule }) => void seen.push(schedule))
    await world.clock.advance(10_000)
    worker.start()
    await world.clock.advance(0)
    await world.another(false).push('report', {})
    await world.clock.advance(6_000)
    expect(seen).toEqual([{ id: 's', fireAt: on('00:01:00'), lateMs: 40_000 }, undefined])
    await world.until(worker.stop())
  })

  it('finds a job whose fire cannot be read ended as undecodable', async () => {
    const world = aSchedulingWorld()
    const job = { id: 'j', name: 'report', payload: '', retention: { completedMs: 0, deadMs: 1e9 } }
    await world.memory.enqueue({ jobs: [{ ...job, options: '{"schedule":{"id":"s","at":"noon"}}' }] })
    const worker = world.worker()
    worker.registerHandler('report', () => {})
    worker.on('error', () => {})
    worker.start()
    await world.pass(1_000)
    expect(await world.inspector.get('j')).toMatchObject({ state: 'dead', deadReason: 'undecodable' })
    await world.until(worker.stop())
  })
})
