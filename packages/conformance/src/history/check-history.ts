import type { History } from './event.js'
import { noLoss } from './rules/g01-no-loss.js'
import { oneHome } from './rules/g02-one-home.js'
import { leaseExclusion } from './rules/g03-lease-exclusion.js'
import { fencing } from './rules/g04-fencing.js'
import { reports } from './rules/g04-reports.js'
import { terminalStates } from './rules/g05-terminal.js'
import { counters } from './rules/g06-counters.js'
import { atLeastOnce } from './rules/g07-at-least-once.js'
import { expired } from './rules/g07-expired.js'
import { neverEarly } from './rules/g08-never-early.js'
import { lateness } from './rules/g09-lateness.js'
import { order } from './rules/g10-order.js'
import { ordered } from './rules/g10-ordered.js'
import { fairness } from './rules/g11-fairness.js'
import { oneOfAnId } from './rules/g12-one-of-an-id.js'
import { keysAtRest } from './rules/g12-keys-at-rest.js'
import { uniqueKeys } from './rules/g12-unique-keys.js'
import { concurrency } from './rules/g13-concurrency.js'
import { held } from './rules/g13-held.js'
import { limits } from './rules/g13-limits.js'
import { paused } from './rules/g13-paused.js'
import { rates } from './rules/g13-rates.js'
import { fires } from './rules/g14-fires.js'
import { stopped } from './rules/g16-stopped.js'
import { outcomes } from './rules/g17-outcomes.js'
import { recoveries } from './rules/g18-recoveries.js'
import { records } from './rules/g19-records.js'
import type { CheckOptions, Rule } from './rules/rule.js'
import { gatherEvidence } from './gather-evidence.js'
import type { Violation } from './violation.js'

const rules: readonly Rule[] = [
  ...[noLoss, oneHome, leaseExclusion, fencing, reports, terminalStates, counters, atLeastOnce, expired],
  ...[neverEarly, lateness, order, ordered, fairness, oneOfAnId, uniqueKeys, keysAtRest, concurrency, paused],
  ...[limits, rates, held, fires, stopped, outcomes, recoveries, records],
]

/**
 * Finds where a history breaks the guarantees, in their order; empty when it keeps them all. The history is what
 * clients saw: a call that was answered took effect between its invoke and its answer; one that was not may have done
 * so at any time since, or never; any call may have been delivered twice. Only what no such reading explains is
 * reported.
 */
export function checkHistory(history: History, options: CheckOptions = {}): readonly Violation[] {
  const evidence = gatherEvidence(history)
  return rules.flatMap((rule) => [...rule(evidence, options)])
}
