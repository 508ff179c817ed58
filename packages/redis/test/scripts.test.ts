import { Redis } from 'ioredis'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { openManualRedisStore } from '../src/testing.js'
import { scriptCases } from './script-cases.js'
import { aJob, aStore, ownNamespace } from './store-rig.js'

describe('the scripts', () => {
  for (const { id, title, run } of scriptCases) {
    it(`${title} [${id}]`, async () => {
      const namespace = ownNamespace()
      const connection = inject('redisUrl')
      const client = new Redis(connection)
      const manual = await openManualRedisStore({ connection, namespace })
      onTestFinished(async () => {
        await manual.close()
        client.disconnect()
      })
      await run({ ...manual, client, key: (rest) => `{${namespace}}:${rest}` })
    })
  }
})

describe('the clock of the store', () => {
  it("is the server's, to the microsecond", async () => {
    const connection = inject('redisUrl')
    const client = new Redis(connection)
    onTestFinished(() => client.disconnect())
    const store = aStore({ connection, namespace: ownNamespace() })
    const serverTime = async (): Promise<number> => {
      const [seconds, microseconds] = await client.time()
      return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000)
    }
    // More than once, as the parts of a second differ.
    for (let turn = 0; turn < 5; turn++) {
      const job = aJob()
      const before = await serverTime()
      await store.enqueue({ jobs: [job] })
      const after = await serverTime()
      const enqueuedAt = (await store.get({ ids: [job.id] }))[0]?.enqueuedAt
      expect(enqueuedAt).toBeGreaterThanOrEqual(before)
      expect(enqueuedAt).toBeLessThanOrEqual(after)
    }
  })
})
