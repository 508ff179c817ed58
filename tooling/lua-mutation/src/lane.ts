import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type RedisProcess, startOwnTestRedis } from '@goscheds/test-redis'
import type { CaseRun, LaneJob, LaneMessage } from './lane-messages.js'

const PROGRAM = fileURLToPath(new URL('lane-process.ts', import.meta.url))
const SILENCE_MS = 8_000
const LOOK_EVERY_MS = 200
const MAX_BYTES = 1_000_000_000
const PAGE_BYTES = 4_096
// After these, the server may still be at work, or the process may be waiting for what never comes.
const BROKEN = /BUSY|not done within|Connection|connection|OOM/

/**
 * A process that runs cases, and a Redis server of its own, which a faulty script may bring to a halt: both are ended
 * and started again then.
 */
export class Lane {
  #child: ChildProcess | undefined
  #redis: RedisProcess | undefined

  /** Runs the cases of the job until the first fails; a process that ends or falls silent counts as a failed case. */
  async run(job: LaneJob): Promise<readonly CaseRun[]> {
    const { child, redis } = await this.#started()
    const runs = await this.#outcome(child, redis, job)
    if (BROKEN.test(runs.at(-1)?.failure ?? '')) await this.stop()
    return runs
  }

  /** Ends the process and the server; the next job starts them again. */
  async stop(): Promise<void> {
    const [child, redis] = [this.#child, this.#redis]
    this.#child = this.#redis = undefined
    child?.removeAllListeners()
    child?.kill('SIGKILL')
    if (redis !== undefined) {
      // A server within a script does not heed SIGTERM.
      process.kill(redis.pid, 'SIGKILL')
      await redis.stop()
    }
  }

  async #started(): Promise<{ readonly child: ChildProcess; readonly redis: RedisProcess }> {
    this.#redis ??= await startOwnTestRedis({ args: ['--lua-time-limit', '1000'] })
    this.#child ??= fork(PROGRAM, [this.#redis.url], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    return { child: this.#child, redis: this.#redis }
  }

  async #outcome(child: ChildProcess, redis: RedisProcess, job: LaneJob): Promise<readonly CaseRun[]> {
    let heardAt = performance.now()
    let look: NodeJS.Timeout | undefined
    try {
      return await new Promise((resolve) => {
        const fail = (failure: string): void => resolve([{ id: 'none', failure, methods: [], tookMs: 0 }])
        child.on('message', (message: LaneMessage) => {
          heardAt = performance.now()
          if (message.type === 'done') resolve(message.runs)
        })
        child.once('exit', () => fail('Connection to the process that runs the cases lost'))
        look = setInterval(() => {
          if (performance.now() - heardAt > SILENCE_MS) fail(`a case was not done within ${String(SILENCE_MS)} ms`)
          void memoryOf(redis.pid).then((bytes) => bytes > MAX_BYTES && fail('OOM: a script takes ever more memory'))
        }, LOOK_EVERY_MS)
        child.send(job)
      })
    } finally {
      clearInterval(look)
      child.removeAllListeners()
    }
  }
}

/** How much memory a process takes, in bytes; 0 where the system does not say. */
async function memoryOf(pid: number): Promise<number> {
  const pages = await readFile(`/proc/${String(pid)}/statm`, 'utf8').catch(() => '')
  return Number(pages.split(' ')[1] ?? 0) * PAGE_BYTES
}
