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
export type { Guarantee, Violation } from './violation.js'
