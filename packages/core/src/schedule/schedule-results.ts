import type { ScheduleView } from './schedule-view.js'

/** What `put` did. `unchanged`: the schedule was like this already, from an earlier deploy or by another process. */
export interface PutScheduleResult {
  readonly status: 'created' | 'updated' | 'unchanged'
  /** When it fires next, jitter included; `null` when it is paused, or fires no more. */
  readonly nextAt: Date | null
}

/** What `trigger` did: as in the event `fired`; `jobId` is the job made or, with `skipped`, the one still going on. */
export type TriggerResult =
  { readonly status: 'fired' | 'buffered' | 'skipped'; readonly jobId: string } | { readonly status: 'not-found' }

/** What `pause` did. */
export interface PauseResult {
  readonly status: 'paused' | 'not-found'
}

/** What `resume` did. */
export type ResumeResult =
  { readonly status: 'resumed' | 'not-paused'; readonly nextAt: Date | null } | { readonly status: 'not-found' }

/** One page of `list`; `cursor` leads to the next and is `null` on the last. */
export interface SchedulePage {
  readonly schedules: readonly ScheduleView[]
  readonly cursor: string | null
}
