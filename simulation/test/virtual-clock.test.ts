import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../src/clock/seeded-random.js'
import { VirtualClock } from '../src/clock/virtual-clock.js'
import { Host } from '../src/world/host.js'

const aClock = (seed = 1): VirtualClock => new VirtualClock(new SeededRandom(seed))
const aHost = (clock: VirtualClock, clocks = { skewMs: 0, drift: 0 }): Host =>
  new Host('m0.0', clock, new SeededRandom(7), clocks)

describe('a virtual clock', () => {
  it('fires what is due in the order of time, and nothing else', async () => {
    const clock = aClock()
    const began = clock.now
    const fired: number[] = []
    const random = new SeededRandom(3)
    for (let count = 0; count < 200; count++) {
      const delay = random.int(0, 1_000)
      clock.schedule(delay, () => fired.push(clock.now - began))
    }
    await clock.run(500)
    expect(fired).toEqual([...fired].sort((a, b) => a - b))
    expect(clock.pending).toBe(200 - fired.length)
    expect(clock.now - began).toBe(500)
    await clock.run(500)
    expect(fired).toHaveLength(200)
  })

  it('orders events of one instant by the seed', async () => {
    const orderOf = async (seed: number): Promise<string> => {
      const clock = aClock(seed)
      let order = ''
      for (const name of 'abcdefgh') clock.schedule(5, () => void (order += name))
      await clock.run(5)
      return order
    }
    expect(await orderOf(1)).toBe(await orderOf(1))
    expect(new Set([await orderOf(1), await orderOf(2), await orderOf(3)]).size).toBeGreaterThan(1)
  })

  it('lets chains of promises run out between two events', async () => {
    const clock = aClock()
    const seen: string[] = []
    clock.schedule(1, () => {
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => seen.push('chain'))
    })
    clock.schedule(1.001, () => seen.push('next event'))
    await clock.run(2)
    expect(seen).toEqual(['chain', 'next event'])
  })

  it('does not fire what was cancelled', async () => {
    const clock = aClock()
    const cancel = clock.schedule(1, () => expect.fail('it fired'))
    cancel()
    expect(clock.pending).toBe(0)
    await clock.run(2)
  })

  it('ends a run that goes round in circles', async () => {
    const clock = aClock()
    const again = (): void => void clock.schedule(0, again)
    again()
    await expect(clock.run(1)).rejects.toThrow('round in circles')
  }, 60_000)
})

describe('a host', () => {
  it('has a wall clock that is off, and timers that are not', async () => {
    const clock = aClock()
    const host = aHost(clock, { skewMs: 3_600_000, drift: 0 })
    expect(host.runtime.now() - clock.now).toBe(3_600_000)
    let firedAt = 0
    const began = clock.now
    host.runtime.setTimer(100, () => (firedAt = clock.now - began))
    await clock.run(200)
    expect(firedAt).toBe(100)
  })

  it('has a monotonic clock that drifts together with its timers', async () => {
    const clock = aClock()
    const host = aHost(clock, { skewMs: 0, drift: 0.005 })
    const [began, hostBegan] = [clock.now, host.runtime.monotonic()]
    let [took, hostTook] = [0, 0]
    host.runtime.setTimer(10_000, () => {
      took = clock.now - began
      hostTook = host.runtime.monotonic() - hostBegan
    })
    await clock.run(20_000)
    expect(took).toBeCloseTo(10_000 / 1.005, 2)
    expect(hostTook).toBeCloseTo(10_000, 2)
  })

  it('holds back what happens while it stands still, and lets it happen afterwards, timers in their order', async () => {
    const clock = aClock()
    const host = aHost(clock)
    const began = clock.now
    const seen: string[] = []
    for (const ms of [30, 10, 20]) host.runtime.setTimer(ms, () => seen.push(`${ms} at ${clock.now - began}`))
    clock.schedule(15, () => host.deliver(() => seen.push(`message at ${clock.now - began}`)))
    host.pause(100)
    await clock.run(99)
    expect(seen).toEqual([])
    await clock.run(1)
    expect(seen.filter((line) => !line.startsWith('message'))).toEqual(['10 at 100', '20 at 100', '30 at 100'])
    expect(seen).toContain('message at 100')
    expect(host.timers).toBe(0)
  })

  it('is ahead of the world in the turn in which its code was busy', async () => {
    const clock = aClock()
    const host = aHost(clock)
    const before = host.runtime.monotonic()
    host.pause(500)
    expect(host.runtime.monotonic() - before).toBe(500)
    expect(host.aheadMs).toBe(500)
    await clock.run(500)
    expect(host.aheadMs).toBe(0)
  })

  it('times by its own clock what it sets while it is busy', async () => {
    const clock = aClock()
    const host = aHost(clock, { skewMs: 0, drift: 0.008 })
    host.pause(15_000)
    const began = host.runtime.monotonic()
    let tookMs = 0
    host.runtime.setTimer(1_000, () => (tookMs = host.runtime.monotonic() - began))
    await clock.run(20_000)
    expect(tookMs).toBeCloseTo(1_000, 2)
  })

  it('does nothing any more after a crash', async () => {
    const clock = aClock()
    const host = aHost(clock)
    host.runtime.setTimer(10, () => expect.fail('a timer fired'))
    host.crash()
    host.deliver(() => expect.fail('a message came'))
    await clock.run(100)
    expect(host.isAlive).toBe(false)
  })
})
