import { describe, expect, it } from 'vitest'
import { systemRuntime } from '../../src/index.js'

function elapsedMs(delayMs: number): Promise<number> {
  const since = performance.now()
  return new Promise((resolve) => systemRuntime.setTimer(delayMs, () => resolve(performance.now() - since)))
}

describe('a timer of the system', () => {
  it('that is to wait for less than a millisecond does not wait for one, and not for less', async () => {
    const waits: number[] = []
    for (let look = 0; look < 30; look++) waits.push(await elapsedMs(0.4))
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0.4)
    // Others may keep the machine busy, so it is the best that counts.
    expect(Math.min(...waits)).toBeLessThan(0.9)
  })

  it('fires soon, and not at once, when the delay is over already', async () => {
    let hasFired = false
    const fired = new Promise<void>((resolve) => {
      systemRuntime.setTimer(-1, () => {
        hasFired = true
        resolve()
      })
    })
    expect(hasFired).toBe(false)
    await fired
  })

  it.each([0, 0.4, 5])('of %d ms does not fire once it is cancelled', async (delayMs) => {
    let hasFired = false
    const cancel = systemRuntime.setTimer(delayMs, () => (hasFired = true))
    cancel()
    await elapsedMs(10)
    expect(hasFired).toBe(false)
  })
})
