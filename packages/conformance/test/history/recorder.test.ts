import { type HandlerContext, type Job, ManualClock, type Store } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import { expect, onTestFinished, test } from 'vitest'
import { type HistoryEvent, HistoryRecorder, type HistoryRecorderOptions } from '../../src/history/index.js'
import { withMethods } from '../broken/fault.js'
import { aPush, claimInput } from './history-builder.js'

interface Rig {
  readonly clock: ManualClock
  readonly recorder: HistoryRecorder
  /** As the process `w` sees it. */
  readonly store: Store
  readonly sound: Store
  readonly events: () => readonly HistoryEvent[]
}

function aRig(methods: Partial<Store> = {}, options: Partial<HistoryRecorderOptions> = {}): Rig {
  const clock = new ManualClock({ startAt: new Date(0) })
  const sound = withMethods(new MemoryStore({ clock }), methods)
  onTestFinished(() => sound.close())
  const recorder = new HistoryRecorder({ now: () => clock.now(), header: { store: 'memory' }, ...options })
  return { clock, recorder, sound, store: recorder.around(sound, 'w'), events: () => recorder.history().events }
}

const lostReply = async (): Promise<never> => Promise.reject(new Error('connection lost'))

test('a call is written down when it is made and when it is answered', async () => {
  const { store, events, clock } = aRig()
  await store.enqueue({ jobs: [aPush()] })
  await clock.advance(5)
  await store.leave({ worker: 'w' })
  expect(events()).toEqual([
    { seq: 0, at: 0, process: 'w', type: 'invoke', call: 0, method: 'enqueue', input: { jobs: [aPush()] } },
    { seq: 1, at: 0, process: 'w', type: 'ok', call: 0, output: [{ status: 'added', id: 'a' }] },
    { seq: 2, at: 5, process: 'w', type: 'invoke', call: 1, method: 'leave', input: { worker: 'w' } },
    { seq: 3, at: 5, process: 'w', type: 'ok', call: 1, output: undefined },
  ])
})

test('a rejected call may have had an effect, unless its error says that it had none', async () => {
  for (const [isWithoutEffect, type] of [
    [undefined, 'unknown'],
    [() => true, 'fail'],
    [() => false, 'unknown'],
  ] as const) {
    const { store, events } = aRig({ leave: lostReply }, isWithoutEffect === undefined ? {} : { isWithoutEffect })
    await expect(store.leave({ worker: 'w' })).rejects.toThrow('connection lost')
    expect(events()[1]).toMatchObject({ type, call: 0, error: 'Error: connection lost' })
  }
})

test('a store that throws at once is recorded as one that rejects', async () => {
  const { store, events } = aRig({
    leave: () => {
      throw new Error('not open')
    },
  })
  await expect(store.leave({ worker: 'w' })).rejects.toThrow('not open')
  expect(events().map(({ type }) => type)).toEqual(['invoke', 'unknown'])
})

test('what is changed later changes no history, and a signal is left out', async () => {
  const { store, events } = aRig()
  const jobs = [{ ...aPush() }]
  await store.enqueue({ jobs })
  jobs.push({ ...aPush({ id: 'b' }) })
  const { jobs: claimed } = await store.claim(claimInput())
  Object.assign(claimed[0]?.fence ?? {}, { claim: 99 })
  await store.waitForReady({ name: 'fax', worker: 'w', timeoutMs: 0, signal: AbortSignal.abort() })
  expect(events()[0]).toMatchObject({ input: { jobs: [aPush()] } })
  expect(events()[3]).toMatchObject({ output: { jobs: [{ fence: { generation: 1, claim: 1 } }] } })
  expect(events()[4]).toHaveProperty('input', { name: 'fax', worker: 'w', timeoutMs: 0 })
})

test('with a clock that answers at once, a call reaches the store before the next line runs', () => {
  let reached = 0
  const { store } = aRig({ leave: async () => void reached++ })
  void store.leave({ worker: 'w' })
  expect(reached).toBe(1)
})

test('a clock that has to be asked is asked before the call and after its end', async () => {
  let now = 0
  const { store, events } = aRig({}, { now: async () => now++ })
  await store.leave({ worker: 'w' })
  expect(events().map(({ at, type }) => [at, type])).toEqual([
    [0, 'invoke'],
    [1, 'ok'],
  ])
})

test('what says nothing about jobs passes through', async () => {
  const { store, sound, events } = aRig()
  await store.open()
  await (
    await store.subscribe(() => {})
  )()
  expect(store.kind).toBe('memory')
  expect(store.capabilities).toBe(sound.capabilities)
  expect(events()).toEqual([])
})

test('a handler is written down with its lease, and with how it ended', async () => {
  const { recorder, events } = aRig()
  const job = {
    ...{ id: 'a', name: 'email', args: 7, attempt: 2, maxAttempts: 3, executeAt: new Date(5) },
    ...{ fence: { generation: 1, claim: 2 } },
  } as Job<number>
  const context = { signal: new AbortController().signal } as HandlerContext
  await expect(recorder.handler('w', ({ args }: Job<number>) => args + 1)(job, context)).resolves.toBe(8)
  await expect(recorder.handler('w', lostReply)(job, context)).rejects.toThrow('connection lost')
  const fence = { generation: 1, claim: 2 }
  expect(events().slice(0, 2)).toEqual([
    {
      ...{ seq: 0, at: 0, process: 'w', type: 'start', lease: { id: 'a', name: 'email', fence } },
      ...{ attempt: 2, maxAttempts: 3, executeAt: 5 },
    },
    { seq: 1, at: 0, process: 'w', type: 'end', id: 'a', fence, outcome: 'returned' },
  ])
  expect(events()[3]).toMatchObject({ type: 'end', outcome: 'threw' })
})

test('a handler that is a generator ends when that does, also when it is told to return', async () => {
  const { recorder, events } = aRig()
  const job = { id: 'a', name: 'email', fence: { generation: 1, claim: 1 }, executeAt: new Date(0) } as Job<number>
  const context = { signal: new AbortController().signal } as HandlerContext
  const steps = async function* (): AsyncGenerator<number, string, void> {
    yield 1
    yield 2
    return 'done'
  }
  const begin = async (): Promise<AsyncGenerator<unknown, unknown, void>> =>
    (await recorder.handler('w', steps)(job, context)) as unknown as AsyncGenerator<unknown, unknown, void>
  const ends = (): unknown[] => events().flatMap((event) => (event.type === 'end' ? event.outcome : []))

  const whole = await begin()
  await whole.next()
  await whole.next()
  expect(ends()).toEqual([])
  await expect(whole.next()).resolves.toEqual({ done: true, value: 'done' })
  expect(ends()).toEqual(['returned'])

  const told = await begin()
  await told.next()
  await told.return(undefined)
  expect(ends()).toEqual(['returned', 'returned'])

  const thrown = await begin()
  await thrown.next()
  await expect(thrown.throw(new Error('stop'))).rejects.toThrow('stop')
  expect(ends()).toEqual(['returned', 'returned', 'threw'])
})

test('a snapshot has every job of every name and state, and no call of its own', async () => {
  const { recorder, sound, events } = aRig()
  const many = Array.from({ length: 1_001 }, (_, index) => aPush({ id: `many-${index}` }))
  await sound.enqueue({ jobs: [...many, aPush({ name: 'fax' }), aPush({ id: 'later', delayMs: 5 })] })
  await sound.claim(claimInput('w', 'fax'))
  await recorder.snapshot(sound, 'observer', { drained: true })
  const [snapshot, ...others] = events()
  expect(others).toEqual([])
  expect(snapshot).toMatchObject({ type: 'snapshot', process: 'observer', drained: true })
  const { jobs, counts } = snapshot as Extract<HistoryEvent, { readonly type: 'snapshot' }>
  expect(jobs).toHaveLength(1_003)
  expect(new Set(jobs.map(({ state }) => state))).toEqual(new Set(['ready', 'active', 'scheduled']))
  expect(counts.map(({ name }) => name)).toEqual(['email', 'fax'])
})

test('what became of a process is written down at once', () => {
  const { recorder, events } = aRig()
  void recorder.mark({ type: 'process', process: 'w', what: 'crashed' })
  void recorder.mark({ type: 'healthy', process: 'w' })
  expect(events()).toEqual([
    { seq: 0, at: 0, type: 'process', process: 'w', what: 'crashed' },
    { seq: 1, at: 0, type: 'healthy', process: 'w' },
  ])
})

test('a clock that tells fractions is rounded down, as a store does', async () => {
  const { store, events } = aRig({}, { now: () => 5.7 })
  await store.enqueue({ jobs: [aPush()] })
  expect(events().map(({ at }) => at)).toEqual([5, 5])
})

test('a wait that claims is written down as a claim, under way for as long as the wait', async () => {
  const claim = { limit: 3, leaseMs: 5_000 }
  const waiting = { name: 'email', worker: 'w', timeoutMs: 1_000 }
  const { store, sound, events } = aRig({
    waitForReady: async (input) => ({ ...(await sound.claim({ ...waiting, ...(input.claim ?? claim) })), waitedMs: 7 }),
  })
  await sound.enqueue({ jobs: [aPush()] })
  const answer = await store.waitForReady({ ...waiting, signal: new AbortController().signal, claim })
  expect(answer).toMatchObject({ jobs: [{ id: 'a' }], more: false, waitedMs: 7 })
  expect(events().map(({ seq: _, at: __, process: ___, ...event }) => event)).toEqual([
    { type: 'invoke', call: 0, method: 'claim', input: { name: 'email', worker: 'w', ...claim } },
    { type: 'invoke', call: 1, method: 'waitForReady', input: waiting },
    { type: 'ok', call: 1, output: undefined },
    { type: 'ok', call: 0, output: { jobs: [expect.objectContaining({ id: 'a' })], more: false } },
  ])
})

test('a wait that was to claim, and answers nothing, is written down as a claim of which nobody knows', async () => {
  const { store, events } = aRig({ waitForReady: async () => {} })
  const input = { name: 'email', worker: 'w', timeoutMs: 0, signal: AbortSignal.abort() }
  expect(await store.waitForReady({ ...input, claim: { limit: 1, leaseMs: 5_000 } })).toBeUndefined()
  expect(events().map((event) => [event.type, 'call' in event && event.call])).toEqual([
    ['invoke', 0],
    ['invoke', 1],
    ['ok', 1],
    ['unknown', 0],
  ])
})

test('of a wait that was to claim, and failed, both are written down as unknown', async () => {
  const { store, events } = aRig({ waitForReady: lostReply })
  const input = { name: 'email', worker: 'w', timeoutMs: 0, signal: AbortSignal.abort() }
  const waiting = store.waitForReady({ ...input, claim: { limit: 1, leaseMs: 5_000 } })
  await expect(waiting).rejects.toThrow('connection lost')
  expect(events().map(({ type }) => type)).toEqual(['invoke', 'invoke', 'unknown', 'unknown'])
})
