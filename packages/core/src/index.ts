export { AbstractStore } from './contract/abstract-store.js'
export type { Capabilities } from './contract/capabilities.js'
export type {
  ClaimedJob,
  DeadReason,
  EpochMs,
  Fence,
  FinishedState,
  JobState,
  Lease,
  NewJob,
  Retention,
  StoredJob,
} from './contract/job.js'
export type {
  CancelOutcome,
  ClaimResult,
  EnqueueOutcome,
  ExtendOutcome,
  PromoteResult,
  PruneResult,
  ReapedJob,
  ReapResult,
  RedriveOutcome,
  RemoveOutcome,
  RescheduleOutcome,
  SettleEntry,
  Settlement,
  SettleOutcome,
} from './contract/outcomes.js'
export type {
  NameCounts,
  Store,
  StoredJobPage,
  StoreHint,
  WorkerId,
  WorkerRecord,
  WorkerReport,
} from './contract/store.js'
export type { GoschedsErrorCode } from './errors.js'
export {
  GoschedsError,
  InvalidArgumentError,
  NonRetryableError,
  NotSupportedError,
  StoreUnsuitableError,
} from './errors.js'
export type { ManualClockOptions } from './runtime/manual-clock.js'
export { ManualClock } from './runtime/manual-clock.js'
export type { CancelTimer, Runtime } from './runtime/runtime.js'
export { systemRuntime } from './runtime/system-runtime.js'
