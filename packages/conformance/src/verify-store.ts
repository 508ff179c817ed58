import { Inspector, NotSupportedError, type Runtime, type Store, systemRuntime } from '@goscheds/core'

/**
 * Rejects with what the audit of a store finds, one line for each finding; for the end of a test in which nothing may
 * have been lost or doubled. `runtime`: the manual clock, where the store has one. Rejects with `NOT_SUPPORTED` when
 * the store has no audit.
 */
export async function verifyStore(store: Store, runtime: Runtime = systemRuntime): Promise<void> {
  const { findings } = await new Inspector({ store, runtime }).verify()
  if (findings.length === 0) return
  const lines = findings.map(({ kind, id, name, message }) => {
    const about = [name, id].filter((part) => part !== undefined).join(' ')
    return `- ${kind}${about === '' ? '' : ` (${about})`}: ${message}`
  })
  throw new Error(`the audit finds ${findings.length} wrong in the store:\n${lines.join('\n')}`)
}

/** As {@link verifyStore}; of a store without an audit nothing is asked. */
export async function verifyWhereSupported(store: Store, runtime: Runtime = systemRuntime): Promise<void> {
  try {
    await verifyStore(store, runtime)
  } catch (error) {
    if (!(error instanceof NotSupportedError)) throw error
  }
}
