import assert from 'node:assert/strict'
import type { ClaimResult, HeldReason, NameLimits, Store } from '@goscheds/core'
import { type CaseContext, type ConformanceCase, fullCase, type Requirement } from '../conformance-case.js'
import { type ClaimOptions, LEASE_MS } from '../moves.js'

/** A case about what a name is held to. */
export function limitsCase(
  slug: string,
  title: string,
  run: (context: CaseContext) => Promise<void>,
  ...requires: readonly Requirement[]
): ConformanceCase {
  return fullCase(`limits/${slug}`, title, run, 'limits', ...requires)
}

/** Holds the name `email` to these limits. */
export function limit(store: Store, limits: NameLimits | null, name = 'email'): Promise<void> {
  return store.setLimits({ name, limits })
}

/** One call of `claim`. */
export function claimOnce(store: Store, options: ClaimOptions = {}): Promise<ClaimResult> {
  return store.claim({ name: 'email', worker: 'worker-a', limit: 100, leaseMs: LEASE_MS, ...options })
}

/** Claims once and expects so many jobs, and this to have kept the claim from more. */
export async function expectClaim(
  store: Store,
  count: number,
  held: HeldReason | undefined,
  options: ClaimOptions = {},
): Promise<ClaimResult> {
  const result = await claimOnce(store, options)
  assert.deepEqual([result.jobs.length, result.held], [count, held])
  return result
}

/** Expects what is held back to be so for this long, to the millisecond and what the case may be off. */
export function expectHeldFor(
  { slackMs }: CaseContext,
  { heldForMs }: ClaimResult,
  expected: number | undefined,
  message = 'how long it is held',
): void {
  if (expected === undefined) assert.equal(heldForMs, undefined, message)
  else {
    const isNear = heldForMs !== undefined && heldForMs <= expected + 0.001 && heldForMs >= expected - slackMs - 0.001
    assert.ok(isNear, `${message}: ${heldForMs} for ${expected} ms`)
  }
}
