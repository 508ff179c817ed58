import { systemRuntime } from '@goscheds/core'
import { beforeAll, describe, it } from 'vitest'
import type { ConformanceCase, ConformanceLevel } from './conformance-case.js'
import { conformanceCases } from './conformance-cases.js'
import type { OpenStore } from './harness.js'
import { runCase } from './run-case.js'

const CASE_TIMEOUT_MS = 10_000
const OPEN_TIMEOUT_MS = 30_000

/** What {@link testStore} needs to know about a store. */
export interface TestStoreOptions {
  /** Names the store in the report. */
  readonly name: string
  /** Called once for each case, and once before all of them. */
  readonly open: OpenStore
  /** Default `full`. */
  readonly level?: ConformanceLevel
  /** Deviations: the id of a case, and why the store does not pass it. */
  readonly skip?: Readonly<Record<string, string>>
}

/**
 * Registers a vitest test for each case of the contract. Call it at the top level of a test file. When the
 * store cannot be opened, the suite fails once, with the reason, and no case runs. Throws when `skip` names
 * an unknown case or gives no reason.
 */
export function testStore(options: TestStoreOptions): void {
  const { name, open, level = 'full', skip = {} } = options
  const cases = conformanceCases.filter((one) => level === 'full' || one.level === 'core')
  checkSkips(skip)
  describe(`${name} keeps the store contract (${level})`, () => {
    beforeAll(() => opensAndCloses(name, open), OPEN_TIMEOUT_MS)
    for (const [group, members] of byGroup(cases)) {
      describe(group, () => {
        for (const one of members) {
          it(`${one.title} [${one.id}]`, { timeout: CASE_TIMEOUT_MS + OPEN_TIMEOUT_MS }, async ({ skip: leaveOut }) => {
            const reason = Object.hasOwn(skip, one.id) ? skip[one.id] : undefined
            if (reason !== undefined) leaveOut(reason)
            const result = await runCase(one, { open, deadlineMs: CASE_TIMEOUT_MS })
            if (result.status === 'skipped') leaveOut(result.reason)
          })
        }
      })
    }
  })
}

function checkSkips(skip: Readonly<Record<string, string>>): void {
  const known = new Set(conformanceCases.map(({ id }) => id))
  for (const [id, reason] of Object.entries(skip)) {
    if (!known.has(id)) throw new Error(`skip names the case "${id}", which the suite does not have`)
    if (reason.trim() === '') throw new Error(`skip gives no reason for the case "${id}"`)
  }
}

function byGroup(cases: readonly ConformanceCase[]): Map<string, ConformanceCase[]> {
  const groups = new Map<string, ConformanceCase[]>()
  for (const one of cases) {
    const group = one.id.slice(0, one.id.lastIndexOf('/'))
    groups.set(group, [...(groups.get(group) ?? []), one])
  }
  return groups
}

async function opensAndCloses(name: string, open: OpenStore): Promise<void> {
  try {
    const harness = await open({ namespace: `case-${systemRuntime.newId()}` })
    await harness.store.open().finally(() => harness.close())
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`the store ${name} did not open, so no case was run: ${reason}`, { cause })
  }
}
