import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Verdict } from './conformance-stage.js'
import type { Mutant } from './mutants.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
// Those of the Redis store's own tests that run its scripts; the others are about connections.
const TEST_FILES = ['scripts', 'tickets', 'full-memory', 'waiting', 'audit']
const DEADLINE_MS = 90_000

/** Gives mutants to the tests of the Redis store itself, two at a time; slower, as each is a vitest of its own. */
export async function runRedisTests(mutants: readonly Mutant[], onVerdict: (verdict: Verdict) => void): Promise<void> {
  const queue = [...mutants]
  const work = async (): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const failed = await redisTestsFail(mutant)
      onVerdict({ mutant, ...(failed && { killedBy: 'packages/redis/test' }) })
    }
  }
  await Promise.all([work(), work()])
}

/** Whether a test of the Redis store fails, with one file replaced if a mutant is given. */
export async function redisTestsFail(mutant?: Pick<Mutant, 'file' | 'text'>): Promise<boolean> {
  const filters = TEST_FILES.map((name) => `redis/test/${name}.test.ts`)
  const replaced = mutant === undefined ? {} : { [`/redis/src/lua/${mutant.file}`]: mutant.text }
  const child = spawn('pnpm', ['exec', 'vitest', 'run', '--project', 'redis', '--bail', '1', ...filters], {
    cwd: ROOT,
    env: { ...process.env, GOSCHEDS_REPLACED_LUA: JSON.stringify(replaced) },
    stdio: 'ignore',
    // A group of its own, so that its workers and its server end with it.
    detached: true,
  })
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), DEADLINE_MS)
    child.once('error', reject)
    child.once('exit', (code) => {
      clearTimeout(timer)
      resolve(code !== 0)
    })
  })
}
