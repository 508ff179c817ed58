import { startOwnTestRedis } from '@goscheds/test-redis'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { type ManualRedisStore, openManualRedisStore } from '../src/testing.js'
import { ownNamespace } from './store-rig.js'

/** A store on a server of its own, which counts. */
export interface CountingRig extends ManualRedisStore {
  readonly client: Redis
  readonly key: (rest: string) => string
  /** How many commands the server performs meanwhile, those of scripts included. */
  readonly commandsOf: (act: () => Promise<unknown>) => Promise<number>
  /** How many microseconds the server spends on scripts meanwhile. */
  readonly microsecondsOf: (act: () => Promise<unknown>) => Promise<number>
}

/** Opens one for this test. */
export async function aCountingRig(): Promise<CountingRig> {
  const server = await startOwnTestRedis()
  const client = new Redis(server.url)
  const namespace = ownNamespace()
  const manual = await openManualRedisStore({ connection: server.url, namespace })
  onTestFinished(async () => {
    await manual.close()
    client.disconnect()
    await server.stop()
  })
  const commandsOf = async (act: () => Promise<unknown>): Promise<number> => {
    await client.config('RESETSTAT')
    await act()
    const stats = await client.info('commandstats')
    return Array.from(stats.matchAll(/^cmdstat_.*?calls=(\d+)/gm)).reduce((sum, [, calls]) => sum + Number(calls), 0)
  }
  const microsecondsOf = async (act: () => Promise<unknown>): Promise<number> => {
    await client.config('RESETSTAT')
    await act()
    return Number(/^cmdstat_evalsha:.*?usec=(\d+)/m.exec(await client.info('commandstats'))?.[1])
  }
  return { ...manual, client, key: (rest) => `{${namespace}}:${rest}`, commandsOf, microsecondsOf }
}
