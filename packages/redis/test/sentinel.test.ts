import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { findRedisBinary, startOwnTestRedis } from '@goscheds/test-redis'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { aJob, aStore, claimAll, completeAll, idsOf, ownNamespace, until, wait } from './store-rig.js'

/** A sentinel that watches the server under the name `shop`; returns its port. */
async function startSentinel(masterPort: number): Promise<number> {
  const { path, env } = await findRedisBinary()
  const dir = await mkdtemp(join(tmpdir(), 'goscheds-sentinel-'))
  const probe = await startOwnTestRedis()
  await probe.stop()
  const config = join(dir, 'sentinel.conf')
  await writeFile(config, `port ${probe.port}\nbind 127.0.0.1\nsentinel monitor shop 127.0.0.1 ${masterPort} 1\n`)
  const child = spawn(path, [config, '--sentinel', '--dir', dir], { env: { ...process.env, ...env }, stdio: 'ignore' })
  onTestFinished(async () => {
    child.kill()
    await once(child, 'exit')
    await rm(dir, { recursive: true, force: true })
  })
  const client = new Redis(probe.port, { enableReadyCheck: false, maxRetriesPerRequest: null })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  await until('the sentinel knows the server', async () => {
    return (await client.call('SENTINEL', ['get-master-addr-by-name', 'shop'])) !== null
  })
  return probe.port
}

describe('with Sentinel', () => {
  it('the store finds the server by its name, for every connection', async () => {
    const server = await startOwnTestRedis()
    onTestFinished(() => server.stop())
    const port = await startSentinel(server.port)
    const connection = { sentinels: [{ host: '127.0.0.1', port }], name: 'shop' }
    const store = aStore({ connection, namespace: ownNamespace() })
    const hints: string[] = []
    await store.subscribe(({ type }) => void hints.push(type))
    const waiting = wait(store)
    const job = aJob()
    await store.enqueue({ jobs: [job, aJob({ delayMs: 60_000 })] })
    await waiting.returned
    await until('the hint has come', async () => hints.includes('due'))
    const claimed = await claimAll(store)
    expect(idsOf(claimed)).toEqual([job.id])
    expect(await completeAll(store, claimed)).toBe(1)
  })
})
