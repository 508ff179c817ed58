import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RedisBinary, TestRedis } from './test-redis.js'

/** How to run one server process. */
export interface RedisProcessOptions {
  /** The port to listen on. Default: a free one. */
  readonly port?: number
  /** More arguments of the server, such as `['--appendonly', 'yes']`. They win over the defaults. */
  readonly args?: readonly string[]
  /** Where the server keeps its files; it outlives the server. Default: a temporary folder, removed by `stop`. */
  readonly dir?: string
}

/** A server process of our own. */
export interface RedisProcess extends TestRedis {
  readonly port: number
  readonly pid: number
  readonly binary: RedisBinary
}

const START_TIMEOUT_MS = 10_000
const STOP_TIMEOUT_MS = 5_000
const PORT_TRIES = 5

/** Starts a server on the loopback address, without persistence unless `args` say so; resolves when it is ready. */
export async function startRedisProcess(binary: RedisBinary, options: RedisProcessOptions = {}): Promise<RedisProcess> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'goscheds-redis-')))
  const removeDir = async (): Promise<void> => {
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true })
  }
  // Between asking for a free port and using it, another process may take it.
  for (let tries = options.port === undefined ? PORT_TRIES : 1; ; tries -= 1) {
    const port = options.port ?? (await freePort())
    try {
      const child = await startChild(binary, port, dir, options.args ?? [])
      return asRedisProcess(binary, child, port, removeDir)
    } catch (error) {
      if (tries > 1 && error instanceof Error && error.message.includes('Address already in use')) continue
      await removeDir()
      throw error
    }
  }
}

function asRedisProcess(
  binary: RedisBinary,
  child: ChildProcess,
  port: number,
  removeDir: () => Promise<void>,
): RedisProcess {
  // A program that ends without `stop` must not leave a server behind.
  const killAtExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      process.removeListener('exit', killAtExit)
      resolve()
    })
  })
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    const impatience = setTimeout(() => void child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    // A frozen process does not see SIGTERM.
    child.kill('SIGCONT')
    child.kill('SIGTERM')
    await exited
    clearTimeout(impatience)
    await removeDir()
  }
  return {
    url: `redis://127.0.0.1:${String(port)}`,
    kind: binary.kind,
    port,
    pid: child.pid ?? -1,
    binary,
    stop: () => (stopped ??= stop()),
  }
}

async function startChild(
  binary: RedisBinary,
  port: number,
  dir: string,
  args: readonly string[],
): Promise<ChildProcess> {
  const defaults = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no']
  const child = spawn(binary.path, [...defaults, ...args], {
    env: { ...process.env, ...binary.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await new Promise<void>((resolve, reject) => {
    let output = ''
    const fail = (reason: string): void => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      reject(new Error(`${binary.path} on port ${String(port)} ${reason}\n${output.slice(-2_000)}`))
    }
    const timer = setTimeout(() => {
      fail(`was not ready within ${String(START_TIMEOUT_MS)} ms`)
    }, START_TIMEOUT_MS)
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      if (!output.includes('eady to accept connections')) return
      clearTimeout(timer)
      child.removeAllListeners()
      // From here on the output is thrown away, but it must flow, or the server would block on a full pipe.
      child.stdout.removeListener('data', read).resume()
      child.stderr.removeListener('data', read).resume()
      resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', (error) => {
      fail(`did not start: ${error.message}`)
    })
    // 'close' and not 'exit': by then its last words have been read.
    child.once('close', (code) => {
      fail(`ended at once with code ${String(code)}`)
    })
  })
  return child
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port)
        else reject(new Error('the system gave no free port'))
      })
    })
  })
}
