import type { CancelTimer, Runtime } from '../runtime/runtime.js'

/**
 * Resolves after `ms`, or as soon as one of the signals aborts; never rejects. Infinity waits for the signals alone;
 * 0 gives way to whatever else is ready to run. Leaves nothing behind in the signals, as `AbortSignal.any` would.
 */
export function sleep(runtime: Runtime, ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  if (signals.some(({ aborted }) => aborted)) return Promise.resolve()
  return new Promise((resolve) => {
    let cancelTimer: CancelTimer | undefined
    const end = (): void => {
      cancelTimer?.()
      for (const signal of signals) signal.removeEventListener('abort', end)
      resolve()
    }
    if (ms !== Infinity) cancelTimer = runtime.setTimer(ms, end)
    for (const signal of signals) signal.addEventListener('abort', end)
  })
}
