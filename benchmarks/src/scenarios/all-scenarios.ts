import type { Scenario } from '../scenario.js'
import { s0EndToEnd } from './s0-end-to-end.js'
import { s1SinglePushes } from './s1-single-pushes.js'
import { s10Promotion } from './s10-promotion.js'
import { s11IdleFleet } from './s11-idle-fleet.js'
import { s12Latency } from './s12-latency.js'
import { s2BulkPushes } from './s2-bulk-pushes.js'
import { s3Drain } from './s3-drain.js'
import { s4IdleLatency } from './s4-idle-latency.js'
import { s5Lateness } from './s5-lateness.js'
import { s6Bytes } from './s6-bytes.js'
import { s7DueAtOnce } from './s7-due-at-once.js'
import { s8Fairness } from './s8-fairness.js'
import { s9Backlog } from './s9-backlog.js'

/** Every scenario, in the order of the report. */
export const allScenarios: readonly Scenario[] = [
  s0EndToEnd,
  s1SinglePushes,
  s2BulkPushes,
  s3Drain,
  s4IdleLatency,
  s5Lateness,
  s6Bytes,
  s7DueAtOnce,
  s8Fairness,
  s9Backlog,
  s10Promotion,
  s11IdleFleet,
  s12Latency,
]
