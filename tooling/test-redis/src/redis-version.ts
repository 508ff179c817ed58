import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { RedisBinary } from './test-redis.js'

const MINIMUM = [6, 2] as const

/** Runs the program once to see that it starts at all. Resolves to why it cannot be used, or undefined if it can. */
export async function unusableBecause(binary: RedisBinary): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(binary.path, ['--version'], {
      env: { ...process.env, ...binary.env },
      timeout: 10_000,
    })
    return tooOld(stdout) ? `${binary.path} is older than ${MINIMUM.join('.')}: ${stdout.trim()}` : undefined
  } catch (error) {
    return `${binary.path} does not run: ${error instanceof Error ? error.message.trim() : String(error)}`
  }
}

/** Whether what `--version` printed names a release before 6.2. What cannot be read passes: the server will tell. */
export function tooOld(versionLine: string): boolean {
  const match = /\bv=(\d+)\.(\d+)/.exec(versionLine)
  if (!match) return false
  const [major, minor] = [Number(match[1]), Number(match[2])]
  return major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1])
}
