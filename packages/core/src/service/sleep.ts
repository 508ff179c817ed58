import type { CancelTimer, Runtime } from '../runtime/runtime.js'

/**
 * Resolves after `ms`, or as soon as `signal` aborts; never rejects. Infinity waits for the signal alone;
 * 0 gives way to whatever else is ready to run.
 */
export function sleep(runtime: Runtime, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve()
  return new Promise((resolve) => {
    let cancelTimer: CancelTimer | undefined
    const end = (): void => {
      cancelTimer?.()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    if (ms !== Infinity) cancelTimer = runtime.setTimer(ms, end)
    signal?.addEventListener('abort', end)
  })
}
