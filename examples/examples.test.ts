import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'

// The programs run as users run them, on the built packages: `pnpm build` comes first.
const TIMEOUT_MS = 60_000
// No measure of lateness, which a busy machine would spoil, but less than any timed look without a hint would take.
const MUCH_TOO_LATE_MS = 1_000

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the `start` script of an example, as `pnpm start` does, and resolves when it has exited by itself. */
function start(example: string, ...args: readonly string[]): Promise<Run> {
  const cwd = join(import.meta.dirname, example)
  const { scripts } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'))
  const [program, ...rest]: string[] = scripts.start.split(' ')
  const file = join(cwd, 'node_modules', '.bin', program ?? '')
  return new Promise((resolve) => {
    const options = { cwd, timeout: TIMEOUT_MS - 5_000 }
    const child = execFile(file, [...rest, ...args], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr })
    })
  })
}

/** How late the scheduled jobs of the quickstart were, in milliseconds. */
function lateness(output: string): number[] {
  return [...output.matchAll(/s ahead +1 +(\d+) ms/g)].map(([, late]) => Number(late))
}

/** The lines, without what differs from run to run: figures, widths, and the order between independent jobs. */
function abstracted(output: string): string[] {
  return output
    .split('\n')
    .map((line) =>
      line
        .replace(/\d+\.\d{3} s/, '#.### s')
        .replace(/\d+ ms/, '# ms')
        .replace(/ +/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '')
    .sort()
}

function expected(example: string, store = ''): string[] {
  const text = readFileSync(join(import.meta.dirname, example, 'expected-output.txt'), 'utf8')
  return abstracted(text.replace('{store}', store))
}

describe.concurrent('each example ends by itself with the output it promises', { timeout: TIMEOUT_MS }, () => {
  it('quickstart, on the memory store', async () => {
    const { code, stdout, stderr } = await start('quickstart')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(abstracted(stdout)).toEqual(expected('quickstart', 'memory'))
    expect(Math.max(...lateness(stdout)), stdout).toBeLessThan(MUCH_TOO_LATE_MS)
  })

  it('quickstart, on Redis', async () => {
    const { code, stdout, stderr } = await start('quickstart', '--store', inject('redisUrl'))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(abstracted(stdout)).toEqual(expected('quickstart', 'redis'))
    expect(Math.max(...lateness(stdout)), stdout).toBeLessThan(MUCH_TOO_LATE_MS)
  })

  it.each(['redis-two-processes', 'resumable-import'])('%s', async (example) => {
    const { code, stdout, stderr } = await start(example, inject('redisUrl'))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(abstracted(stdout)).toEqual(expected(example))
  })

  it.each(['custom-store', 'digest-mail', 'rate-limited-tenants', 'recurring', 'request-response', 'webhooks'])(
    '%s',
    async (example) => {
      const { code, stdout, stderr } = await start(example)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(abstracted(stdout)).toEqual(expected(example))
    },
  )
})

describe.concurrent('the quickstart says what is wrong and ends with 1', { timeout: TIMEOUT_MS }, () => {
  it.each([
    ['an unknown option', ['--stor', 'memory'], "Unknown option '--stor'"],
    ['an argument too many', ['memory'], "Unexpected argument 'memory'"],
    ['a store that does not exist', ['--store', 'postgres'], "there is no store 'postgres'"],
    ['a Redis that cannot be reached', ['--store', 'redis://127.0.0.1:1'], 'Redis cannot be reached'],
  ])('%s', async (_what, args, message) => {
    const { code, stdout, stderr } = await start('quickstart', ...args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`quickstart: ${message}`)
    expect(stderr, 'no stack trace').not.toMatch(/^\s+at /m)
  })
})
