import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startOwnTestRedis } from '@goscheds/test-redis'
import type { RunResult } from './run-result.js'
import type { RunPlan } from './run-scenario.js'

const DEFAULT_TIMEOUT_MS = 120_000
const KILL_AFTER_MS = 5_000

/** How to run the child. */
export interface ChildOptions {
  /** Ends the run; what was started is stopped before the call rejects. */
  readonly signal: AbortSignal
  /** Options of Node itself. */
  readonly execArgv?: readonly string[]
  /** The program of a run, as `buildChild` bundles it. Default: its source, through tsx. */
  readonly program?: string | undefined
}

/**
 * One run in a fresh process, with a fresh Redis server without persistence if the adapter keeps its jobs in one. The
 * server belongs to this process, so that it is stopped also when the child cannot do anything any more.
 *
 * @throws Error with the child's last words when the run fails, takes too long or is aborted.
 */
export async function runInChild(plan: RunPlan, options: ChildOptions): Promise<RunResult> {
  options.signal.throwIfAborted()
  const server = plan.adapter.keepsJobsIn === 'redis' ? await startOwnTestRedis() : undefined
  try {
    return await runChild(plan, server?.url ?? '', options)
  } finally {
    await server?.stop()
  }
}

async function runChild(plan: RunPlan, url: string, options: ChildOptions): Promise<RunResult> {
  const { signal, execArgv = [] } = options
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = plan.scenario
  const args = Object.entries({
    scenario: plan.scenario.id,
    store: plan.adapter.name,
    variant: plan.variant,
    jobs: String(plan.jobs),
    url,
  }).map(([name, value]) => `--${name}=${value}`)
  const program =
    options.program === undefined
      ? ['--import', 'tsx', fileURLToPath(new URL('child.ts', import.meta.url))]
      : [options.program]
  const child = spawn(process.execPath, [...execArgv, ...program, ...args], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let reason: string | undefined
  let killTimer: NodeJS.Timeout | undefined
  const end = (why: string): void => {
    reason ??= why
    child.kill('SIGTERM')
    killTimer ??= setTimeout(() => void child.kill('SIGKILL'), KILL_AFTER_MS)
  }
  const onAbort = (): void => end('was interrupted')
  const timer = setTimeout(() => end(`took longer than ${String(timeoutMs)} ms`), timeoutMs)
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  try {
    const { code, stdout, stderr } = await outputOf(child)
    if (code === 0 && reason === undefined) return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as RunResult
    const { scenario, adapter, variant } = plan
    const which = [scenario.id, adapter.name, variant].filter((part) => part !== '').join(' ')
    throw new Error(`${which} ${reason ?? `failed with code ${String(code)}`}\n${stdout}${stderr}`)
  } finally {
    clearTimeout(timer)
    clearTimeout(killTimer)
    signal.removeEventListener('abort', onAbort)
  }
}

async function outputOf(
  child: ReturnType<typeof spawn>,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}
