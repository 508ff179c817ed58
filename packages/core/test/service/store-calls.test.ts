import { describe, expect, it } from 'vitest'
import { ManualClock, MemoryStore } from '@goscheds/memory'
import { GoschedsError, type Store } from '../../src/index.js'
import { StoreCalls } from '../../src/service/store-calls.js'
import { deferred } from '../support/deferred.js'
import { turns } from '../support/turns.js'
import { unhandledDuring } from '../support/unhandled-during.js'
import { failing, hanging, withFaults } from '../support/with-faults.js'

function someCalls() {
  const clock = new ManualClock()
  const faulty = withFaults(new MemoryStore({ clock }))
  return { ...faulty, clock, storeCalls: new StoreCalls(faulty.store, clock, 10_000) }
}

describe('a call of the store', () => {
  it('opens the store before the first call, and once for all', async () => {
    const { storeCalls, calls } = someCalls()
    expect(calls('open')).toHaveLength(0)
    await Promise.all([storeCalls.call('a', async () => 1), storeCalls.call('b', async () => 2)])
    await storeCalls.call('c', async () => 3)
    expect(calls('open')).toHaveLength(1)
  })

  it('tries to open the store again with the next call when it failed', async () => {
    const { storeCalls, faults, calls } = someCalls()
    faults.set('open', failing)
    await expect(storeCalls.call('claim', async () => 1)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    faults.delete('open')
    expect(await storeCalls.call('claim', async () => 1)).toBe(1)
    expect(calls('open')).toHaveLength(2)
  })

  it('opens the store again with the next call when opening never came to an end (G7)', async () => {
    const { storeCalls, clock, faults, calls } = someCalls()
    faults.set('open', hanging)
    const call = expect(storeCalls.call('claim', async () => 1)).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
    await clock.advance(10_000)
    await call
    faults.delete('open')
    expect(await storeCalls.call('claim', async () => 1)).toBe(1)
    expect(await storeCalls.call('claim', async () => 2)).toBe(2)
    expect(calls('open')).toHaveLength(2)
  })

  it('needs no other opening once one has succeeded, however many have hung (G7)', async () => {
    const { storeCalls, clock, faults } = someCalls()
    const opened = deferred()
    const openings = [new Promise<void>(() => {}), opened.promise, new Promise<void>(() => {})].values()
    faults.set('open', () => openings.next().value ?? Promise.resolve())
    const call = (): Promise<unknown> => storeCalls.call('claim', async () => 1).catch((error: unknown) => error)
    void call()
    await clock.advance(5_000)
    void call()
    await clock.advance(5_000)
    void call()
    await clock.advance(5_000)
    void call()
    opened.resolve()
    await clock.advance(0)
    expect(await storeCalls.call('claim', async () => 1)).toBe(1)
  })

  it('rejects with STORE_TIMEOUT when there is no answer in time', async () => {
    const { storeCalls, clock } = someCalls()
    const call = expect(storeCalls.call('claim', () => new Promise(() => {}))).rejects.toMatchObject({
      code: 'STORE_TIMEOUT',
      message: expect.stringContaining('store.claim()'),
    })
    await clock.advance(10_000)
    await call
    expect(clock.pendingTimers).toBe(0)
  })

  it('counts the time that opening takes', async () => {
    const { storeCalls, clock, faults } = someCalls()
    faults.set('open', hanging)
    const call = expect(storeCalls.call('claim', async () => 1)).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
    await clock.advance(10_000)
    await call
  })

  it('does not send a call any more that timed out while the store was opening', async () => {
    const { storeCalls, clock, faults } = someCalls()
    const opening = deferred()
    faults.set('open', () => opening.promise)
    let sent = 0
    const call = expect(storeCalls.call('claim', async () => ++sent)).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
    await clock.advance(10_000)
    await call
    opening.resolve()
    await turns()
    expect(sent).toBe(0)
  })

  it('waits longer for a call that is asked to wait', async () => {
    const { storeCalls, clock } = someCalls()
    let rejected = false
    const waiting = storeCalls.call('waitForReady', () => new Promise(() => {}), { waitsMs: 5_000 })
    const marked = waiting.catch(() => (rejected = true))
    await clock.advance(14_999)
    expect(rejected).toBe(false)
    await clock.advance(1)
    await marked
  })

  it('hands an answer that comes after the time-out to onLate', async () => {
    const { storeCalls, clock } = someCalls()
    const answer = deferred<string>()
    const late: string[] = []
    const call = storeCalls.call('claim', () => answer.promise, { onLate: (value) => late.push(value) })
    call.catch(() => {})
    await clock.advance(10_000)
    answer.resolve('a job')
    await turns()
    expect(late).toEqual(['a job'])
    await expect(call).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
  })

  it('does not hand an answer in time to onLate, and does nothing about a late failure', async () => {
    const { storeCalls, clock } = someCalls()
    const late: unknown[] = []
    await storeCalls.call('claim', async () => 1, { onLate: (value) => late.push(value) })
    const answer = deferred<string>()
    const call = storeCalls.call('claim', () => answer.promise, { onLate: (value) => late.push(value) })
    call.catch(() => {})
    await clock.advance(10_000)
    expect(await unhandledDuring(() => answer.reject(new Error('at last')))).toEqual([])
    expect(late).toEqual([])
  })

  it("turns a driver's error into STORE_FAILED with the cause", async () => {
    const { storeCalls, clock } = someCalls()
    const cause = new Error('ECONNREFUSED')
    const call = storeCalls.call('settle', () => Promise.reject(cause))
    await expect(call).rejects.toMatchObject({ code: 'STORE_FAILED', cause })
    await expect(call).rejects.toThrow('store.settle() failed: ECONNREFUSED')
    expect(clock.pendingTimers).toBe(0)
  })

  it('turns a call that throws at once into STORE_FAILED', async () => {
    const { storeCalls } = someCalls()
    const call = storeCalls.call('settle', () => {
      throw new Error('at once')
    })
    await expect(call).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  it('passes on errors that have a code of ours', async () => {
    const { storeCalls } = someCalls()
    const error = new GoschedsError('STORE_UNSUITABLE', 'maxmemory-policy must be noeviction')
    await expect(storeCalls.call('claim', () => Promise.reject(error))).rejects.toBe(error)
  })

  it('rejects with STORE_FAILED when the store rejects with an object that has no text', async () => {
    const { storeCalls } = someCalls()
    let ended: unknown
    const unhandled = await unhandledDuring(async () => {
      storeCalls
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        .call('claim', () => Promise.reject(Object.create(null)))
        .catch((error: unknown) => (ended = error))
      await turns()
    })
    expect(unhandled).toEqual([])
    expect(ended).toMatchObject({ code: 'STORE_FAILED' })
  })

  it('rejects with STORE_FAILED when open throws before it returns a promise, and leaves no timer', async () => {
    const clock = new ManualClock()
    const store = {
      open() {
        throw new Error('no such driver')
      },
    } as unknown as Store
    const call = new StoreCalls(store, clock, 10_000).call('claim', async () => 1)
    await expect(call).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(clock.pendingTimers).toBe(0)
  })

  it('knows when a call last succeeded', async () => {
    const { storeCalls, clock } = someCalls()
    expect(storeCalls.lastSuccessAt).toBeNull()
    await clock.advance(5)
    await storeCalls.call('a', async () => 1)
    await clock.advance(5)
    await storeCalls.call('b', () => Promise.reject(new Error('down'))).catch(() => {})
    expect(storeCalls.lastSuccessAt).toBe(clock.now() - 5)
  })
})
