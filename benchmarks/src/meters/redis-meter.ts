import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { StoreMeter } from './store-meter.js'

const PAUSE_MS = 200
const LOOKS = 25

/** Measures a Redis server with its own `INFO`, over a connection of its own. */
export async function redisMeter(url: string): Promise<StoreMeter> {
  const redis = new Redis(url, { lazyConnect: true })
  await redis.connect()

  async function field(section: string, name: string): Promise<number> {
    const value = Number(new RegExp(`^${name}:(.*)$`, 'm').exec(await redis.info(section))?.[1])
    if (Number.isNaN(value)) throw new Error(`INFO ${section} of the Redis server has no number ${name}`)
    return value
  }

  return {
    async bytes() {
      // A hash that has just grown is moved to its new table in the background, and the buffers of connections shrink.
      let last = await field('memory', 'used_memory')
      for (let look = 0; look < LOOKS; look++) {
        await sleep(PAUSE_MS)
        const now = await field('memory', 'used_memory')
        if (now === last) break
        last = now
      }
      return last
    },
    async cpuSeconds() {
      return (await field('cpu', 'used_cpu_user')) + (await field('cpu', 'used_cpu_sys'))
    },
    async close() {
      await redis.quit()
    },
  }
}
