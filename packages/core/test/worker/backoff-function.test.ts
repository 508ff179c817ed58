import { describe, expect, it } from 'vitest'
import { type BackoffFunction, defineJob, type HandlerOptions, type Worker } from '../../src/index.js'
import { aWorld } from '../support/a-world.js'
import { broken, hostileError } from '../support/handlers.js'
import { refusal } from '../support/open-handler.js'
import { unhandledDuring } from '../support/unhandled-during.js'

/** The default back-off, as the world's clock jitters it, is at most this before the second and the third attempt. */
const DEFAULT = [0, 1_000]

/** Runs a job that fails three times; tells its delays, and the messages of the errors that its worker emits. */
async function delaysOf(register: (worker: Worker) => void, push: object = {}) {
  const world = aWorld()
  const scheduler = world.scheduler()
  scheduler.start()
  const worker = world.worker()
  const delays: number[] = []
  const errors: string[] = []
  worker.on('retrying', ({ delayMs }) => delays.push(delayMs))
  worker.on('error', ({ message }) => errors.push(message))
  register(worker)
  worker.start()
  await scheduler.push('email', {}, { maxAttempts: 3, ...push })
  await world.pass(20_000)
  await world.until(Promise.all([worker.stop(), scheduler.stop()]))
  return { delays, errors }
}

const byHandler =
  (backoff: BackoffFunction) =>
  (worker: Worker): void =>
    void worker.registerHandler('email', broken, { backoff })

describe('a back-off function', () => {
  it('is given which attempt has failed and what it threw, and says how long to wait', async () => {
    const given: unknown[] = []
    const { delays, errors } = await delaysOf(
      byHandler((attempt, error) => {
        given.push([attempt, error.message])
        return attempt * 100 + 0.5
      }),
    )
    expect(given).toEqual([
      [1, 'SMTP is down'],
      [2, 'SMTP is down'],
    ])
    expect(delays).toEqual([101, 201])
    expect(errors).toEqual([])
  })

  it('is given an Error whatever was thrown', async () => {
    const given: unknown[] = []
    const backoff: BackoffFunction = (_attempt, error) => given.push(error)
    await delaysOf((worker) => void worker.registerHandler('email', () => Promise.reject('oops'), { backoff })) // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors
    expect(given[0]).toMatchObject({ code: 'NON_ERROR_THROWN', cause: 'oops' })
  })

  it('may be the definition’s, in place of what travels with the job', async () => {
    const email = defineJob({ name: 'email', backoff: () => 70 })
    const push = { backoff: { type: 'fixed', delayMs: 5 } }
    expect((await delaysOf((worker) => void worker.registerHandler(email, broken), push)).delays).toEqual([70, 70])
    expect(email.options).not.toHaveProperty('backoff')
  })

  it('is the handler’s rather than the definition’s', async () => {
    const email = defineJob({ name: 'email', backoff: () => 70 })
    const register = (worker: Worker): void => void worker.registerHandler(email, broken, { backoff: () => 30 })
    expect((await delaysOf(register)).delays).toEqual([30, 30])
  })

  it('is none of a worker that registers the name alone: the job’s own back-off applies', async () => {
    const push = { backoff: { type: 'fixed', delayMs: 5 } }
    expect((await delaysOf((worker) => void worker.registerHandler('email', broken), push)).delays).toEqual([5, 5])
  })

  it.each<[string, () => unknown, string]>([
    ['throws', () => raise(new Error('a bug')), 'a bug'],
    ['throws what defends itself', () => raise(hostileError()), 'cannot be described'],
    ['returns nothing', () => undefined, 'must be a number from 0 to 3162240000000, got undefined'],
    ['returns a text', () => '5', 'got "5"'],
    ['returns NaN', () => NaN, 'got NaN'],
    ['returns less than 0', () => -1, 'got -1'],
    ['returns Infinity', () => Infinity, 'got Infinity'],
    ['is async', async () => 5, 'got an object'],
    ['is async and rejects', () => Promise.reject(new Error('a bug')), 'got an object'],
  ])('that %s is an error event each time, and the default back-off applies', async (_, backoff, message) => {
    let outcome = { delays: [0], errors: [''] }
    const unhandled = await unhandledDuring(async () => {
      outcome = await delaysOf(byHandler(backoff as BackoffFunction), { backoff: { type: 'fixed', delayMs: 5_000 } })
    })
    expect(unhandled).toEqual([])
    const [first, second] = outcome.delays
    expect(first).toBe(DEFAULT[0])
    expect(second).toBeGreaterThanOrEqual(500)
    expect(second).toBeLessThanOrEqual(DEFAULT[1] ?? 0)
    expect(outcome.errors).toEqual(Array(2).fill(expect.stringContaining(message)))
  })

  it('is refused where it would have to travel with the job', async () => {
    const world = aWorld()
    const message = 'a backoff function cannot travel with a job: give it to defineJob or registerHandler'
    const push = { backoff: () => 5 } as object
    expect(await refusal(world.scheduler().push('email', {}, push))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message,
    })
    const [entry] = await world.scheduler().pushMany([{ name: 'email', args: {}, ...push }])
    expect(entry).toMatchObject({ status: 'rejected', error: { code: 'INVALID_ARGUMENT', message } })
    expect(world.calls('enqueue')).toEqual([])
  })

  it.each([
    [{ type: 'fixed', delayMs: 5 }, 'an object'],
    [null, 'null'],
    [5, '5'],
  ])('of a handler is no %j: that is an error which says so', (backoff, shown) => {
    const options = { backoff } as unknown as HandlerOptions
    const message = 'the backoff of a handler must be a function; as data give it to defineJob or push'
    expect(() => aWorld().worker().registerHandler('email', broken, options)).toThrow(`${message}, got ${shown}`)
  })
})

function raise(thrown: unknown): never {
  throw thrown
}
