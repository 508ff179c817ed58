import { describe, expect, it } from 'vitest'
import { MemoryStore } from '@goscheds/memory'
import { defineJob, Worker } from '../../src/index.js'
import { aWorld } from '../support/a-world.js'

describe('a worker', () => {
  it.each([
    [{}, 'store must be a Store'],
    [{ store: new MemoryStore(), concurrency: 0 }, 'concurrency must be a whole number from 1 to 10000, got 0'],
    [{ store: new MemoryStore(), concurrency: 1.5 }, 'concurrency must be a whole number from 1 to 10000, got 1.5'],
    [{ store: new MemoryStore(), leaseMs: 99 }, 'leaseMs must be a number from 100'],
    [{ store: new MemoryStore(), leaseMs: NaN }, 'leaseMs must be a number from 100'],
    [{ store: new MemoryStore(), reapIntervalMs: 5 }, "Worker options has no option 'reapIntervalMs'"],
    [null, 'Worker options must be an object, got null'],
  ])('refuses bad options %#', (options, message) => {
    expect(() => new Worker(options as never)).toThrow(message)
    expect(() => new Worker(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })

  it('has a random id of its own', () => {
    const world = aWorld()
    expect(world.worker().id).toMatch(/^\w{14}$/)
    expect(world.worker().id).not.toBe(world.worker().id)
  })
})

describe('registerHandler', () => {
  it.each([
    ['', () => {}, {}, 'name must have 1 to 256 characters'],
    ['a}', () => {}, {}, 'no control characters and no braces'],
    [null, () => {}, {}, 'name must be a string, got null'],
    ['a', 'no function', {}, "the handler of 'a' must be a function"],
    ['a', () => {}, { concurrency: 0 }, 'concurrency must be a whole number from 1 to 10000, got 0'],
    ['a', () => {}, { retries: 5 }, "handler options has no option 'retries'"],
  ])('refuses %j, %s, %j', (name, handler, options: object, message) => {
    const worker = aWorld().worker()
    const register = (): unknown => worker.registerHandler(name as string, handler as () => void, options)
    expect(register).toThrow(message)
    expect(register).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })

  it('refuses a second handler for a name', () => {
    const worker = aWorld().worker()
    worker.registerHandler('email', () => {})
    const again = (): unknown => worker.registerHandler(defineJob({ name: 'email' }), () => {})
    expect(again).toThrow(expect.objectContaining({ code: 'DUPLICATE_HANDLER' }))
    expect(again).toThrow("'email'")
  })

  it('makes a running worker claim at once', async () => {
    const world = aWorld()
    await world.scheduler().push('email', {})
    const worker = world.worker()
    worker.start()
    await world.clock.advance(0)
    let ran = false
    worker.registerHandler('email', () => void (ran = true))
    await world.clock.advance(0)
    expect(ran).toBe(true)
    await world.until(worker.stop())
  })

  it('is refused after stop, as is start', async () => {
    const worker = aWorld().worker()
    await worker.stop()
    expect(() => worker.registerHandler('email', () => {})).toThrow(expect.objectContaining({ code: 'INVALID_STATE' }))
    expect(() => worker.start()).toThrow(expect.objectContaining({ code: 'INVALID_STATE' }))
  })
})
