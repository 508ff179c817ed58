import { describe, expect, expectTypeOf, it } from 'vitest'
import { defineJob, type Job, type JobEntry, type Scheduler, type Worker } from '../../src/index.js'
import { aSchema } from '../support/a-schema.js'
import { aWorld } from '../support/a-world.js'

interface Mail {
  to: string
}

const mailSchema = aSchema<Mail>(
  (value) => {
    if (typeof (value as Mail | undefined)?.to !== 'string') throw new Error('must be a string')
    return value as Mail
  },
  ['to'],
)

describe('a definition', () => {
  it('has its name, its options and no schema unless one is given', () => {
    const email = defineJob<Mail, void>({ name: 'email', maxAttempts: 5, backoff: { type: 'fixed', delayMs: 1 } })
    expect(email).toMatchObject({
      name: 'email',
      options: { maxAttempts: 5, backoff: { type: 'fixed', delayMs: 1 } },
    })
    expect(email.argsSchema).toBeUndefined()
  })

  it.each([
    [{}, 'name must be a string, got undefined'],
    [{ name: 'a{' }, 'name must have no control characters and no braces'],
    [{ name: 'a', id: 'x' }, "a definition has no option 'id'"],
    [{ name: 'a', maxAttempts: 0 }, 'maxAttempts must be a whole number from 1 to 10000, got 0'],
    [{ name: 'a', args: {} }, 'args must be a Standard Schema'],
    [{ name: 'a', args: null }, 'args must be a Standard Schema'],
    [{ name: 'a', result: 5 }, 'result must be a Standard Schema'],
  ])('is refused: %j', (definition, message) => {
    expect(() => defineJob(definition as { name: string })).toThrow(message)
  })

  it('makes entries for pushMany that carry its name and its options', async () => {
    const world = aWorld()
    const email = defineJob<Mail, void>({ name: 'email', maxAttempts: 5 })
    const [first] = await world.scheduler().pushMany([email.entry({ to: 'eve' }, { id: 'e1', delayMs: 600_000 })])
    expect(first).toEqual({ id: 'e1', status: 'added' })
    expect(await world.inspector.get('e1')).toMatchObject({ name: 'email', maxAttempts: 5, state: 'scheduled' })
  })

  it('has its args checked at push, and the path of what is wrong in the error', async () => {
    const world = aWorld()
    const email = defineJob({ name: 'email', args: mailSchema })
    const pushing = world.scheduler().push(email, { to: 5 } as unknown as Mail)
    await expect(pushing).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: 'args.to: must be a string' })
    expect(world.calls('enqueue')).toHaveLength(0)
  })

  it('stores what was pushed, and gives the handler what its schema makes of it', async () => {
    const world = aWorld()
    const parsed: unknown[] = []
    const dated = defineJob({
      name: 'dated',
      args: aSchema<{ at: string }, { at: Date }>((value) => ({ at: new Date((value as { at: string }).at) })),
    })
    await world.scheduler().push(dated, { at: '2024-05-05T00:00:00Z' }, { id: 'd' })
    expect(await world.inspector.get('d')).toMatchObject({ args: { at: '2024-05-05T00:00:00Z' } })
    const worker = world.worker()
    worker.registerHandler(dated, (job) => void parsed.push(job.args.at))
    worker.start()
    await world.clock.advance(0)
    expect(parsed).toEqual([new Date('2024-05-05T00:00:00Z')])
    await world.until(worker.stop())
  })

  it('ends a job as dead whose stored args its schema does not take, without calling the handler', async () => {
    const world = aWorld()
    await world.scheduler().push('email', { to: 5 }, { id: 'bad' })
    const worker = world.worker()
    let called = false
    worker.registerHandler(defineJob({ name: 'email', args: mailSchema }), () => void (called = true))
    worker.start()
    await world.clock.advance(0)
    expect(called).toBe(false)
    expect(await world.inspector.get('bad')).toMatchObject({
      state: 'dead',
      deadReason: 'non-retryable',
      error: { message: 'args.to: must be a string' },
    })
    await world.until(worker.stop())
  })

  it('completes a job whose result its schema does not take, and emits an error: the work is done', async () => {
    const world = aWorld()
    const counted = defineJob({
      ...{ name: 'counted', retain: { completedMs: 60_000 } },
      result: aSchema<number>((value) => {
        if (typeof value !== 'number') throw new Error('must be a number')
        return value
      }),
    })
    await world.scheduler().push(counted, {}, { id: 'c' })
    const worker = world.worker()
    const errors: string[] = []
    worker.on('error', ({ message }) => errors.push(message))
    let ran = 0
    worker.registerHandler(counted, () => {
      ran++
      return 'five' as unknown as number
    })
    worker.start()
    await world.clock.advance(0)
    expect(await world.inspector.get('c')).toMatchObject({ state: 'completed', attempts: 0 })
    expect(errors).toEqual(['result: must be a number'])
    expect(ran).toBe(1)
    await world.until(worker.stop())
  })
})

describe('the types of a definition', () => {
  const email = defineJob<Mail, { messageId: string }>({ name: 'email' })
  const dated = defineJob({ name: 'dated', args: aSchema<{ at: string }, { at: Date }>(() => ({ at: new Date(0) })) })

  // Never called: what matters is that it compiles, and that the marked lines would not without their marks.
  const compiles = (scheduler: Scheduler, worker: Worker): void => {
    void scheduler.push(email, { to: 'ada' })
    // @ts-expect-error wrong args
    void scheduler.push(email, { to: 5 })
    // @ts-expect-error missing args
    void scheduler.push(email, {})
    void scheduler.push('email', { anything: 1 })
    void scheduler.pushScheduled(email, { to: 'ada' }, { delayMs: 5 })
    // @ts-expect-error a time is missing
    void scheduler.pushScheduled(email, { to: 'ada' }, {})
    // @ts-expect-error both times
    void scheduler.pushScheduled(email, { to: 'ada' }, { delayMs: 5, executeAt: new Date() })
    void scheduler.pushMany([email.entry({ to: 'ada' }), dated.entry({ at: '' }), { name: 'x', args: 1 }])
    // @ts-expect-error wrong args
    email.entry({ to: 5 })
    // @ts-expect-error unknown option
    void scheduler.push('email', {}, { delay: 5 })
    worker.registerHandler(email, async (job) => ({ messageId: job.args.to }))
    // @ts-expect-error wrong result
    worker.registerHandler(email, async () => ({ messageId: 5 }))
    worker.registerHandler(dated, (job) => expectTypeOf(job.args).toEqualTypeOf<{ at: Date }>())
    worker.registerHandler('email', (job) => expectTypeOf(job.args).toEqualTypeOf<unknown>())
    worker.registerHandler<Mail>('email', (job) => expectTypeOf(job).toEqualTypeOf<Job<Mail>>())
  }

  it('follow from the definition', () => {
    expectTypeOf(compiles).toBeFunction()
    expectTypeOf(email.entry({ to: 'ada' })).toEqualTypeOf<JobEntry<Mail>>()
  })
})
