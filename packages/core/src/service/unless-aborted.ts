/** Settles as `promise` does, or rejects with its reason as soon as one of the signals aborts. Leaves nothing in them. */
export async function unlessAborted<Value>(promise: Promise<Value>, signals: readonly AbortSignal[]): Promise<Value> {
  let onAbort = (): void => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signals.find((signal) => signal.aborted)?.reason as Error)
    for (const signal of signals) signal.addEventListener('abort', onAbort)
    if (signals.some((signal) => signal.aborted)) onAbort()
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', onAbort)
  }
}
