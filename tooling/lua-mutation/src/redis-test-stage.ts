import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Verdict } from './conformance-stage.js'
import type { Mutant } from './mutants.js'

const PROGRAM = fileURLToPath(new URL('redis-test-process.ts', import.meta.url))
const DEADLINE_MS = 90_000

// Those of the Redis store's own tests that look at its scripts; the others are about connections.
const TESTS = ['scripts', 'tickets', 'full-memory', 'waiting', 'asked-for', 'bounded-work']
const AUDIT_TESTS = ['audit']
const OF_THE_AUDIT = /^(audit|audit-again|lib\/examine|lib\/examine-sides)\.lua$/

/** Tests to run, with another text for one file; with none if `path` is empty. */
export interface RedisTestJob {
  readonly tests: readonly string[]
  /** From the root of the workspace. */
  readonly path: string
  readonly text: string
}

/** Whether a test failed. */
export interface RedisTestResult {
  readonly failed: boolean
}

/**
 * Gives mutants to the tests of the Redis store itself, two at a time: those about the keys of Redis, a full memory,
 * waiting and the real clock, which need more than one store on a server at peace.
 *
 * @throws Error when these tests fail on the scripts as they are.
 */
export async function runRedisTests(mutants: readonly Mutant[], onVerdict: (verdict: Verdict) => void): Promise<void> {
  const queue = [...mutants]
  const work = async (checksBaseline: boolean): Promise<void> => {
    const runner = new Runner()
    try {
      if (checksBaseline && (await runner.fails({ tests: [...TESTS, ...AUDIT_TESTS], path: '', text: '' }))) {
        throw new Error('the tests of the Redis store fail on the scripts as they are')
      }
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const { file, text } = mutant
        const tests = OF_THE_AUDIT.test(file) ? AUDIT_TESTS : TESTS
        const failed = await runner.fails({ tests, path: `/packages/redis/src/lua/${file}`, text })
        onVerdict({ mutant, ...(failed && { killedBy: 'packages/redis/test' }) })
      }
    } finally {
      runner.stop()
    }
  }
  await Promise.all([work(true), work(false)])
}

/** A process with a vitest; one that ends or takes too long is started again, and counts as a failed test. */
class Runner {
  #child: ChildProcess | undefined

  async fails(job: RedisTestJob): Promise<boolean> {
    // A group of its own, so that its workers and its server end with it.
    this.#child ??= fork(PROGRAM, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], detached: true })
    const child = this.#child
    let timer: NodeJS.Timeout | undefined
    const result = await new Promise<RedisTestResult | undefined>((resolve) => {
      child.once('message', (message: RedisTestResult) => resolve(message))
      child.once('exit', () => resolve(undefined))
      timer = setTimeout(() => resolve(undefined), DEADLINE_MS)
      child.send(job)
    })
    clearTimeout(timer)
    child.removeAllListeners()
    if (result === undefined) this.stop()
    return result?.failed ?? true
  }

  stop(): void {
    const pid = this.#child?.pid
    this.#child = undefined
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}
