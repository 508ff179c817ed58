export { AbstractStore } from './contract/abstract-store.js'
export type { AuditFinding, AuditKind, AuditPage, AuditSuspect } from './contract/audit.js'
export { jobStates, KEPT_FAILURES, KEPT_LOG_LINES } from './contract/job.js'
export type { Capabilities } from './contract/capabilities.js'
export type {
  ClaimedJob,
  DeadReason,
  EpochMs,
  FailedAttempt,
  Fence,
  FinishedState,
  JobState,
  Lease,
  NewJob,
  Retention,
  SettledDeadReason,
  StoredJob,
  UniqueConflict,
  UniqueKey,
  UniqueUntil,
} from './contract/job.js'
export type { GroupLimits, JobGroup, NameLimits, RateLimit } from './contract/limits.js'
export type {
  CancelOutcome,
  ClaimResult,
  EnqueueOutcome,
  ExtendOutcome,
  HeldReason,
  PromoteResult,
  PruneResult,
  ReapedJob,
  ReapResult,
  RedriveOutcome,
  RemoveOutcome,
  ReportEntry,
  ReportOutcome,
  RescheduleOutcome,
  SettleEntry,
  Settlement,
  SettleOutcome,
  WaitedClaim,
} from './contract/outcomes.js'
export type {
  DueSchedule,
  FireOutcome,
  FireTime,
  FireTurn,
  KeptFire,
  NewSchedule,
  Overlap,
  PutScheduleOutcome,
  ScheduleFire,
  StoredSchedule,
} from './contract/schedule.js'
export { KEPT_FIRES, KEPT_RUNS, MAX_BUFFERED_FIRES, MAX_DUE_RULE_BYTES, overlaps } from './contract/schedule.js'
export type {
  NameCounts,
  Store,
  StoredJobPage,
  StoreHint,
  StoreInput,
  StoreOutput,
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
export type { JobFailure } from './job/failure.js'
export type { AttemptFailure, JobView } from './inspector/job-view.js'
export type { JobPage, ListQuery, WorkerView } from './inspector/inspector.js'
export { Inspector } from './inspector/inspector.js'
export type { GroupLimitsOptions, NameLimitsOptions, RateLimitOptions } from './inspector/limits.js'
export type { VerifyOptions, VerifyReport } from './inspector/verification.js'
export type { Backoff, BackoffFunction } from './job/backoff.js'
export { checkOptions } from './job/checks.js'
export type { Codec } from './job/codec.js'
export { jsonCodec } from './job/codec.js'
export type { JobDefinition, JobEntry } from './job/definition.js'
export { defineJob } from './job/definition.js'
export type { Handler, HandlerContext, Job, JobSchedule } from './job/handler.js'
export type { DueTime, GroupOptions, JobOptions, PushOptions, UniqueOptions } from './job/options.js'
export type { SchemaIssue, SchemaResult, StandardSchema } from './job/standard-schema.js'
export type { PushManyResult, PushResult } from './scheduler/producer.js'
export type { ResultOptions } from './scheduler/result.js'
export type { SchedulerEvents, SchedulerHealth, SchedulerOptions } from './scheduler/scheduler.js'
export { Scheduler } from './scheduler/scheduler.js'
export type { BackfillOptions, BackfillResult } from './schedule/backfill.js'
export type { FiredEvent, MissedEvent } from './schedule/firing.js'
export type { CatchUp, ScheduleInput, ScheduleOptions } from './schedule/schedule-options.js'
export type { FireTimeView, FireView, RuleView, ScheduleView } from './schedule/schedule-view.js'
export type {
  PauseResult,
  PutScheduleResult,
  ResumeResult,
  SchedulePage,
  TriggerResult,
} from './schedule/schedule-results.js'
export type { Schedules } from './schedule/schedules.js'
export type { ScheduleTiming } from './schedule/timing.js'
export type { ErrorEvent } from './service/emitter.js'
export type { Logger } from './service/logger.js'
export type { ServiceOptions } from './service/settings.js'
export type { AbortCode } from './worker/abort-reason.js'
export type { WorkerEvents } from './worker/worker-events.js'
export type { HandlerOptions, WorkerHealth, WorkerOptions } from './worker/worker.js'
export { Worker } from './worker/worker.js'
