import { systemRuntime, type Store, type WaitedClaim } from '@goscheds/core'
import type { CaseContext } from './conformance-case.js'

/** Longer than any case: a wait of this length that returns was woken. */
export const LONG_WAIT_MS = 60_000

/** Waits for something that should happen at once; rejects, saying what is missing, when patience ends. */
export async function soon<T>(context: CaseContext, what: string, promise: Promise<T>): Promise<T> {
  let cancel = (): void => {}
  const late = new Promise<never>((_resolve, reject) => {
    cancel = systemRuntime.setTimer(context.patienceMs, () => {
      reject(new Error(`${what}: not within ${context.patienceMs} ms`))
    })
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    cancel()
  }
}

/** A call of `waitForReady` that is under way. */
export interface Wait {
  readonly returned: Promise<WaitedClaim | void>
  readonly abort: () => void
}

/** Where a wait differs from the usual. */
export interface WaitOptions {
  readonly name?: string
  readonly worker?: string
  readonly timeoutMs?: number
  /** What to claim when the wait is over, for a store that does so at once. */
  readonly claim?: { readonly limit: number; readonly leaseMs: number }
}

/** Three workers wait, jobs are pushed for all of them, and each is woken in turn: which next is the store's to say. */
export async function wakeThree(
  context: CaseContext,
  push: () => Promise<unknown>,
  onWoken: (worker: string) => Promise<void>,
): Promise<void> {
  const waiting = new Map<string, Promise<string>>()
  for (const worker of ['worker-a', 'worker-b', 'worker-c']) {
    const { returned } = await beginWait(context.store, { worker })
    waiting.set(
      worker,
      returned.then(() => worker),
    )
  }
  await push()
  while (waiting.size > 0) {
    const worker = await soon(context, `one of ${waiting.size} waits`, Promise.race(waiting.values()))
    waiting.delete(worker)
    await onWoken(worker)
  }
}

/**
 * Begins a `waitForReady` and returns when the store has had the time to take it up: after one further
 * round trip on the same handle.
 */
export async function beginWait(store: Store, options: WaitOptions = {}): Promise<Wait> {
  const { name = 'email', worker = 'worker-a', timeoutMs = LONG_WAIT_MS, claim } = options
  const controller = new AbortController()
  const returned = store.waitForReady({ name, worker, timeoutMs, signal: controller.signal, ...(claim && { claim }) })
  // A rejection is reported by whoever awaits `returned`, not by the process.
  returned.catch(() => {})
  await store.claim({ name: 'nothing-of-this-name', worker: 'passer-by', limit: 1, leaseMs: 1_000 })
  return { returned, abort: () => controller.abort() }
}
