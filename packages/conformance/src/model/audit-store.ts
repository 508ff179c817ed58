import { Inspector, NotSupportedError, systemRuntime } from '@goscheds/core'
import type { Comparison } from './comparison.js'

/** Lets the store under test audit itself; where it has no audit, there is nothing to say. */
export async function auditStore(comparison: Comparison): Promise<void> {
  const findings = await comparison.alone(
    () => 'verify',
    async (store) => {
      try {
        return (await new Inspector({ store, runtime: systemRuntime }).verify()).findings
      } catch (error) {
        if (error instanceof NotSupportedError) return []
        throw error
      }
    },
  )
  comparison.expect(findings.length === 0, `the audit has findings: ${JSON.stringify(findings)}`)
}
