export { checkHistory } from './check-history.js'
export type {
  HandlerEndEvent,
  HandlerStartEvent,
  HealthyEvent,
  History,
  HistoryEvent,
  HistoryHeader,
  InvokeEvent,
  OkEvent,
  ProcessEvent,
  RecordedInput,
  RecordedMethod,
  RecordedOutput,
  RejectedEvent,
  SnapshotEvent,
} from './event.js'
export { formatHistory, HistoryFormatError, parseHistory } from './format.js'
export { printViolation } from './print-violation.js'
export type { HistoryRecorderOptions, MarkedEvent } from './recorder.js'
export { HistoryRecorder } from './recorder.js'
export type { CheckOptions } from './rules/rule.js'
export type { Guarantee, Violation } from './violation.js'
