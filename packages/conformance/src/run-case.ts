import { type AuditKind, type Store, systemRuntime } from '@goscheds/core'
import type { CaseContext, ConformanceCase, Requirement } from './conformance-case.js'
import type { OpenStore, StoreHarness } from './harness.js'
import { verifyWhereSupported } from './verify-store.js'

/** How {@link runCase} runs a case. */
export interface RunCaseOptions {
  readonly open: OpenStore
  /** How long, in real time, something that should happen at once may take. Default 3,000 ms. */
  readonly patienceMs?: number
  /** The case fails when it takes longer than this, in real time. Default 10,000 ms. */
  readonly deadlineMs?: number
}

/** A case either passes, or does not apply to this harness and says why. One that fails rejects. */
export type CaseResult = { readonly status: 'passed' } | { readonly status: 'skipped'; readonly reason: string }

/**
 * Runs one case on a store of its own: opens it under a new namespace, runs the case, audits what the store then
 * keeps, if it has an audit, and closes it. `testStore` calls it under vitest; call it yourself under any other
 * runner. Rejects with what the store did wrong.
 */
export async function runCase(conformanceCase: ConformanceCase, options: RunCaseOptions): Promise<CaseResult> {
  const harness = await options.open({ namespace: `case-${systemRuntime.newId()}` })
  const handles: Store[] = []
  try {
    const reason = whyNot(conformanceCase.requires ?? [], harness)
    if (reason !== undefined) return { status: 'skipped', reason }
    await harness.store.open()
    const context: CaseContext = {
      store: harness.store,
      harness,
      patienceMs: options.patienceMs ?? 3_000,
      slackMs: harness.clock === 'running' ? 3_000 : 0,
      async connect() {
        if (harness.connect === undefined) throw new Error(`${conformanceCase.id} does not declare that it connects`)
        const handle = await harness.connect()
        handles.push(handle)
        await handle.open()
        return handle
      },
    }
    const run = conformanceCase.run(context).then(() => leavesNoDamage(conformanceCase, harness))
    await beforeDeadline(run, options.deadlineMs ?? 10_000)
    return { status: 'passed' }
  } finally {
    for (const handle of handles) await handle.close()
    await harness.close()
  }
}

/** What a store that passed must not have done on the way: where it has an audit, the audit finds nothing. */
async function leavesNoDamage(
  { requires = [], closes = false }: ConformanceCase,
  harness: StoreHarness,
): Promise<void> {
  if (requires.some((requirement) => requirement === 'damage' || requirement.startsWith('plant '))) return
  if (closes && harness.connect === undefined) return
  // The case may have closed its handle.
  const handle = await harness.connect?.()
  try {
    await verifyWhereSupported(handle ?? harness.store, harness.runtime)
  } finally {
    await handle?.close()
  }
}

function whyNot(requirements: readonly Requirement[], harness: StoreHarness): string | undefined {
  return requirements.map((requirement) => whyNotOne(requirement, harness)).find((reason) => reason !== undefined)
}

function whyNotOne(requirement: Requirement, harness: StoreHarness): string | undefined {
  switch (requirement) {
    case 'connect':
    case 'damage':
      return harness[requirement] === undefined ? `the harness has no ${requirement}()` : undefined
    case 'still-clock':
      return harness.clock === 'running' ? 'the clock of the store does not stand still' : undefined
    case 'notifications':
      return harness.store.capabilities.notifications ? undefined : 'the store has no notifications'
    case 'job-options':
      return harness.store.capabilities.jobOptions ? undefined : 'the store carries out no options of jobs'
    case 'limits':
    case 'groups':
    case 'schedules':
      return harness.store.capabilities[requirement] ? undefined : `the store has no ${requirement}`
    default: {
      const kind = requirement.slice('plant '.length) as AuditKind
      return harness.plant?.[kind] === undefined ? `the harness cannot plant damage of the kind ${kind}` : undefined
    }
  }
}

async function beforeDeadline(run: Promise<void>, deadlineMs: number): Promise<void> {
  let cancel = (): void => {}
  const late = new Promise<never>((_resolve, reject) => {
    cancel = systemRuntime.setTimer(deadlineMs, () => {
      reject(new Error(`the case was not done within ${deadlineMs} ms`))
    })
  })
  try {
    await Promise.race([run, late])
  } finally {
    cancel()
  }
}
