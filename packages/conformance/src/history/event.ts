import type { EpochMs, Fence, Lease, NameCounts, Store, StoredJob, WorkerId } from '@goscheds/core'

/** The methods whose calls a history holds with what went in and what came out. An audit is no event of a job. */
export type RecordedMethod = Exclude<keyof Store, 'kind' | 'capabilities' | 'open' | 'close' | 'subscribe' | 'audit'>

/** What a call was asked, as it can be written down: a signal is left out. */
export type RecordedInput<Method extends RecordedMethod> = Store[Method] extends (input: infer Input) => unknown
  ? Omit<Input, 'signal'>
  : undefined

/** What a call answered. */
export type RecordedOutput<Method extends RecordedMethod> = Awaited<ReturnType<Store[Method]>>

/** What every event has. */
interface Base {
  /** Its place in the history, from 0. Events are in the order in which they were seen. */
  readonly seq: number
  /** The store's clock when it was seen. */
  readonly at: EpochMs
  /** Who saw it: one start of one Worker, Scheduler or producer. A restarted one has another name. */
  readonly process: string
}

/** A call was begun. Its effect, if any, comes between this and its end; without an end, any time after this. */
export type InvokeEvent = {
  readonly [Method in RecordedMethod]: Base & {
    readonly type: 'invoke'
    /** Joins it to its end; unique in the history. */
    readonly call: number
    readonly method: Method
    readonly input: RecordedInput<Method>
  }
}[RecordedMethod]

/**
 * A call was answered. It took effect between its invoke and this; where a call may be delivered twice, the second
 * time as well, and this is one of the two answers. A delivery later than this is a call of its own, without an end.
 */
export interface OkEvent extends Base {
  readonly type: 'ok'
  readonly call: number
  readonly output: unknown
}

/**
 * A call was rejected. `fail`: it certainly had no effect. `unknown`: it may have had one, or may yet have it, as
 * when a reply was lost.
 */
export interface RejectedEvent extends Base {
  readonly type: 'fail' | 'unknown'
  readonly call: number
  readonly error: string
}

/** A handler began to run a job. */
export interface HandlerStartEvent extends Base {
  readonly type: 'start'
  readonly lease: Lease
  readonly attempt: number
  readonly maxAttempts: number
  readonly executeAt: EpochMs
}

/** A handler ended. */
export interface HandlerEndEvent extends Base {
  readonly type: 'end'
  readonly id: string
  readonly fence: Fence
  readonly outcome: 'returned' | 'threw'
}

/**
 * Something became of a process. `started`: with its id and concurrency, when it is a worker. `stopped`: its `stop()`
 * resolved, and nothing of it may be left. `crashed`: it does nothing from here on, and what it was about to do may or
 * may not happen.
 */
export interface ProcessEvent extends Base {
  readonly type: 'process'
  readonly what: 'started' | 'stopped' | 'crashed' | 'paused' | 'resumed'
  readonly role?: 'worker' | 'scheduler' | 'producer'
  readonly worker?: WorkerId
  readonly concurrency?: Readonly<Record<string, number>>
}

/** From here on no fault is put in, every process is healthy, and the guarantees about progress apply. */
export interface HealthyEvent extends Base {
  readonly type: 'healthy'
}

/**
 * Every job that the store has, seen while nothing was under way. `drained`: enough healthy time has passed that no
 * job may be left that is due.
 */
export interface SnapshotEvent extends Base {
  readonly type: 'snapshot'
  readonly jobs: readonly StoredJob[]
  readonly counts: readonly NameCounts[]
  readonly drained: boolean
}

/** One line of a history. */
export type HistoryEvent =
  | InvokeEvent
  | OkEvent
  | RejectedEvent
  | HandlerStartEvent
  | HandlerEndEvent
  | ProcessEvent
  | HealthyEvent
  | SnapshotEvent

/** What a history says of itself, on its first line. */
export interface HistoryHeader {
  /** The store's `kind`. */
  readonly store: string
  /**
   * Whether `waitForReady` may set a job aside for the worker that waits: then the order in which jobs leave the work
   * queue cannot be told from claims alone. Default true.
   */
  readonly setsAside?: boolean
  /** The `maxRecoveries` of the Schedulers, for G18. Default 3, theirs. */
  readonly maxRecoveries?: number
  /** Whatever helps to find the run again: a seed, a date, versions. */
  readonly notes?: Readonly<Record<string, string | number | boolean>>
}

/** What was seen of a store and those who use it. */
export interface History {
  readonly header: HistoryHeader
  readonly events: readonly HistoryEvent[]
}
