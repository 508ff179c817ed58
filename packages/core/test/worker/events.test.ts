import { describe, expect, it } from 'vitest'
import { NonRetryableError, type Worker, type WorkerEvents } from '../../src/index.js'
import { aWorld, type World } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'
import { anOpenHandler } from '../support/open-handler.js'
import { answeredAfter, failing } from '../support/with-faults.js'

const NAMES = [
  ...([
    'started',
    'completed',
    'failed',
    'retrying',
    'dead',
    'cancelled',
    'released',
    'lost',
    'drained',
    'idle',
  ] as const),
]

type Named = Partial<Record<'job' | 'lease', { id: string } | null> & { name: string; willRetry: boolean }>

/** Everything a worker emits, in order: the event, and which job or name it is of. */
function allEventsOf(worker: Worker): string[] {
  const seen: string[] = []
  for (const name of NAMES) {
    worker.on(name, (event: WorkerEvents[typeof name]) => {
      const { job, lease, name: queue, willRetry } = event as Named
      const of = job?.id ?? lease?.id ?? queue
      seen.push([name, of, willRetry === false && 'finally'].filter(Boolean).join(' '))
    })
  }
  return seen
}

function aWorker(world: World, handler: (job: { id: string; attempt: number }) => unknown, concurrency = 10) {
  const worker = world.worker({ concurrency })
  const events = allEventsOf(worker)
  worker.registerHandler('email', handler)
  return { worker, events }
}

const jobs = (...ids: readonly string[]) => ids.map((id) => ({ name: 'email', args: {}, id }))

describe('the events of a worker', () => {
  it('tell of a failed attempt and of what becomes of its job, once each and in this order', async () => {
    const world = aWorld()
    const keeper = world.scheduler()
    keeper.start()
    const { worker, events } = aWorker(world, () => Promise.reject(new Error('no')))
    const details: unknown[] = []
    worker.on('failed', ({ error, job }) => details.push([error.message, job.attempt]))
    worker.on('retrying', ({ delayMs }) => details.push(delayMs))
    worker.on('dead', ({ reason, error }) => details.push([reason, error.message]))
    worker.start()
    const backoff = { type: 'fixed', delayMs: 500 } as const
    await keeper.pushMany([{ name: 'email', args: {}, id: 'a', maxAttempts: 2, backoff }])
    await world.pass(2_000)
    expect(events).toEqual([
      ...['started a', 'drained email', 'failed a', 'retrying a', 'idle'],
      ...['started a', 'drained email', 'failed a finally', 'dead a', 'idle'],
    ])
    expect(details).toEqual([['no', 1], 500, ['no', 2], ['attempts', 'no']])
    await world.until(Promise.all([worker.stop(), keeper.stop()]))
    expect(events).toHaveLength(10)
  })

  it('tell of a failure that says so as final', async () => {
    const world = aWorld()
    const { worker, events } = aWorker(world, () => Promise.reject(new NonRetryableError('gone')))
    worker.start()
    await world.scheduler().pushMany(jobs('a'))
    await world.clock.advance(0)
    expect(events).toEqual(['started a', 'drained email', 'failed a finally', 'dead a', 'idle'])
    await world.until(worker.stop())
  })

  it('tell of a failure whose job was cancelled as final', async () => {
    const world = aWorld()
    const gate = deferred()
    const { worker, events } = aWorker(world, () => gate.promise)
    world.faults.set('extend', () => new Promise(() => {}))
    worker.start()
    await world.scheduler().pushMany(jobs('a'))
    await world.clock.advance(0)
    await world.inspector.cancel('a')
    gate.reject(new Error('no'))
    await world.clock.advance(0)
    expect(events).toEqual(['started a', 'drained email', 'failed a finally', 'cancelled a', 'idle'])
    await world.until(worker.stop())
  })

  it('tell of no failure whose outcome the store did not take: it is lost', async () => {
    const world = aWorld()
    const gate = deferred()
    const { worker, events } = aWorker(world, () => gate.promise)
    worker.start()
    await world.scheduler().pushMany(jobs('a'))
    await world.clock.advance(0)
    await world.clock.advance(0)
    world.faults.set('settle', async () => [{ status: 'lost' }])
    gate.reject(new Error('no'))
    await world.clock.advance(0)
    expect(events).toEqual(['started a', 'drained email', 'lost a', 'idle'])
    world.faults.clear()
    await world.until(worker.stop())
  })

  it('tell of nothing that the store does not have yet', async () => {
    const world = aWorld()
    const { worker, events } = aWorker(world, () => 'done')
    worker.on('error', () => {})
    world.faults.set('settle', failing)
    worker.start()
    await world.scheduler().pushMany(jobs('a'))
    await world.pass(5_000)
    expect(events).toEqual(['started a', 'drained email'])
    expect(worker.health().unsettled).toBe(1)
    world.faults.clear()
    await world.pass(5_000)
    expect(events).toEqual(['started a', 'drained email', 'completed a', 'idle'])
    await world.until(worker.stop())
  })

  it('tell that it is idle after every end, where several are settled in one call', async () => {
    const world = aWorld()
    const gate = deferred()
    const { worker, events } = aWorker(world, () => gate.promise)
    worker.start()
    await world.scheduler().pushMany(jobs('a', 'b', 'c'))
    await world.clock.advance(0)
    gate.resolve()
    await world.clock.advance(0)
    expect(world.calls('settle')).toMatchObject([{ entries: [{}, {}, {}] }])
    expect(events.slice(-4)).toEqual(['completed a', 'completed b', 'completed c', 'idle'])
    await world.until(worker.stop())
  })

  it('tell that it is idle once, when nothing runs and every queue was found empty', async () => {
    const world = aWorld()
    const slow = anOpenHandler()
    const { worker, events } = aWorker(world, () => 'done', 1)
    worker.registerHandler('slow', slow.handler)
    worker.start()
    await world.pass(12_000)
    expect(events).toEqual([])
    await world.scheduler().push('slow', {}, { id: 's' })
    await world.scheduler().pushMany(jobs('a', 'b'))
    await world.pass(12_000)
    expect(events.filter((event) => !event.startsWith('started'))).toEqual([
      'completed a',
      'completed b',
      'drained email',
    ])
    slow.end().resolve(undefined)
    await world.pass(12_000)
    expect(events.filter((event) => !event.startsWith('started')).slice(3)).toEqual([
      'completed s',
      'drained slow',
      'idle',
    ])
    await world.scheduler().pushMany(jobs('c'))
    await world.pass(12_000)
    expect(events.slice(-4)).toEqual(['started c', 'completed c', 'drained email', 'idle'])
    await world.until(worker.stop())
  })

  it('tell that a queue is drained once all its jobs are taken, and not between two claims', async () => {
    const world = aWorld()
    const { worker, events } = aWorker(world, () => 'done', 2)
    await world.scheduler().pushMany(jobs('a', 'b', 'c', 'd', 'e'))
    worker.start()
    await world.clock.advance(0)
    expect(events.filter((event) => event === 'drained email')).toHaveLength(1)
    expect(events.slice(events.indexOf('drained email'))).not.toContain('started e')
    expect(events.at(-1)).toBe('idle')
    await world.until(worker.stop())
  })

  it('tell of no idleness before the first claim of every handler was answered', async () => {
    const world = aWorld()
    const gate = deferred()
    world.faults.set('claim', answeredAfter(gate.promise))
    const { worker, events } = aWorker(world, () => 'done')
    worker.start()
    await world.clock.advance(0)
    world.faults.clear()
    worker.registerHandler('other', () => {})
    await world.scheduler().push('other', {}, { id: 'o' })
    await world.pass(100)
    expect(events).toEqual(['started o', 'drained other', 'completed o'])
    gate.resolve()
    await world.clock.advance(0)
    expect(events.at(-1)).toBe('idle')
    await world.until(worker.stop())
  })

  it('tell of no idleness while a name is paused: its queue was not seen', async () => {
    const world = aWorld()
    const { worker, events } = aWorker(world, () => 'done')
    worker.registerHandler('other', () => {})
    await world.inspector.pause('other')
    await world.scheduler().pushMany(jobs('a'))
    worker.start()
    await world.pass(3_000)
    expect(events).not.toContain('idle')
    await world.inspector.resume('other')
    await world.pass(100)
    expect(events.at(-1)).toBe('idle')
    await world.until(worker.stop())
  })

  it('cannot be listened to by another name', () => {
    const worker = aWorld().worker()
    expect(() => worker.on('finished' as 'completed', () => {})).toThrow(
      /there is no event 'finished'; there are started/,
    )
  })
})
