import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Inspector, Scheduler } from '@goscheds/core'
import { startOwnTestRedis } from '@goscheds/test-redis'
import { Redis } from 'ioredis'
import { RedisStore } from '../../src/index.js'

const PROGRAM = new URL('worker-process.mjs', import.meta.url).pathname
const PATIENCE_MS = 30_000

/** What a worker process says of itself. */
export interface LogEntry {
  readonly event:
    'ready' | 'start' | 'held' | 'end' | 'completed' | 'lost' | 'released' | 'reaped' | 'error' | 'stopped'
  readonly label: string
  readonly id?: string
  readonly claim?: number
  readonly message?: string
}

/** A Redis server of its own, a producer, and worker processes that can be killed and frozen. */
export class FaultRig {
  readonly redis: Redis
  readonly scheduler: Scheduler
  readonly inspector: Inspector
  readonly #store: RedisStore
  readonly #url: string
  readonly #stopServer: () => Promise<void>
  readonly #children: ChildProcess[] = []

  private constructor(url: string, stopServer: () => Promise<void>) {
    this.#url = url
    this.#stopServer = stopServer
    this.redis = new Redis(url)
    this.#store = new RedisStore({ connection: url, namespace: 'faults' })
    this.scheduler = new Scheduler({ store: this.#store })
    this.inspector = new Inspector({ store: this.#store })
  }

  static async start(): Promise<FaultRig> {
    const server = await startOwnTestRedis()
    return new FaultRig(server.url, () => server.stop())
  }

  /** Starts a worker process; resolves when it runs. */
  async spawnWorker(label: string): Promise<ChildProcess> {
    const child = spawn(process.execPath, [PROGRAM, this.#url, 'faults', label], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    this.#children.push(child)
    await this.until(`${label} is ready`, async () => (await this.log('ready', label)).length > 0)
    return child
  }

  /** While held, the handlers of this worker do not end. */
  async hold(label: string): Promise<void> {
    await this.redis.set(`hold:${label}`, '1')
  }

  async unhold(label: string): Promise<void> {
    await this.redis.del(`hold:${label}`)
  }

  async log(event: LogEntry['event'], label?: string): Promise<LogEntry[]> {
    const lines = await this.redis.lrange('log', 0, -1)
    const entries = lines.map((line) => JSON.parse(line) as LogEntry)
    return entries.filter((entry) => entry.event === event && (label === undefined || entry.label === label))
  }

  /** Looks again and again, until it is so; fails after half a minute. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (!(await isSo())) {
      if (performance.now() > deadline) throw new Error(`waited ${PATIENCE_MS} ms in vain: ${what}`)
      await delay(20)
    }
  }

  async close(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await this.scheduler.stop()
    await this.#store.close()
    this.redis.disconnect()
    await this.#stopServer()
  }
}
