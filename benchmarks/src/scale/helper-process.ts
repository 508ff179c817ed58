import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A program of its own beside the run, so that what it does is not done in the run's process. */
export interface HelperProcess<Answer> {
  /** What it said once it was ready. */
  readonly ready: unknown
  /** Tells it that what matters begins now. */
  begin(): void
  /** Ends it; resolves to its last words. */
  stop(): Promise<Answer>
}

/** Where the program of a run is bundled, its helpers are as well. */
const isBundled = import.meta.url.endsWith('.mjs')

/**
 * Starts `scale/<name>-main.ts`; resolves when it is ready.
 *
 * @throws Error when it ends before it was told to.
 */
export async function startHelper<Answer>(name: string, args: readonly string[]): Promise<HelperProcess<Answer>> {
  const file = fileURLToPath(new URL(isBundled ? `./scale/${name}-main.mjs` : `./${name}-main.ts`, import.meta.url))
  const child = fork(file, args, { execArgv: isBundled ? [] : ['--import', 'tsx'] })
  const ready = await nextMessage(child)
  return {
    ready,
    begin() {
      child.send('begin')
    },
    async stop() {
      const answer = nextMessage(child)
      child.send('stop')
      const last = (await answer) as Answer
      child.disconnect()
      return last
    },
  }
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`a helper ended with code ${String(code)}`))
    child.once('exit', onExit).once('message', (message) => {
      child.off('exit', onExit)
      resolve(message)
    })
  })
}

/** The other side: tells that this process is ready, and answers when it is told to stop. */
export function serveAsHelper(ready: unknown, lastWords: () => unknown, onBegin?: () => void): void {
  // Whoever started it is gone, or has heard its last words.
  process.once('disconnect', () => process.exit())
  process.on('message', (message) => {
    if (message === 'begin') onBegin?.()
    else process.send?.(lastWords())
  })
  process.send?.(ready)
}
