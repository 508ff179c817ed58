/** Settles as `promise` does, or rejects with what `late` makes when that takes longer than `ms`. */
export async function untilSettled<T>(promise: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves after `ms`, or as soon as one of the signals aborts. */
export async function pause(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await untilAborted(new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))), ...signals)
  clearTimeout(timer)
}

/** Settles as `promise` does, or resolves to nothing as soon as one of the signals aborts. Leaves nothing behind in them. */
export async function untilAborted<T>(promise: Promise<T>, ...signals: readonly AbortSignal[]): Promise<T | undefined> {
  let onAbort = (): void => {}
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined)
    for (const signal of signals) {
      if (signal.aborted) onAbort()
      signal.addEventListener('abort', onAbort)
    }
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', onAbort)
  }
}
