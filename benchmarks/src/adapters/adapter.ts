import type { BenchJob, Payload } from '../payload.js'

/** Where an adapter finds its server, and whom it tells of faults. */
export interface AdapterEnvironment {
  /** The URL of a Redis server; the empty text when the adapter needs none. */
  readonly url: string
  /** Keeps the run apart from others on the same server: a prefix of its keys. */
  readonly namespace: string
  /** To be told of every error that the queue reports by itself, and of retries and dead jobs: none may happen. */
  readonly onFault: (error: Error) => void
}

/** How to process. */
export interface ProcessOptions {
  /** Jobs of this name. Default: those without a name of their own. */
  readonly name?: string
  /** Jobs at once in this one process. Default: what the library does by default. */
  readonly concurrency?: number
  /** To be called as the body of the handler. */
  readonly onJob: (payload: Payload) => void
  /** To be called once the store has the job's end, so that a throughput includes the acknowledgements. */
  readonly onSettled: () => void
}

/** One queue with one kind of job, opened for one run. */
export interface Subject {
  /** Resolves when the store has the job. */
  push(job: BenchJob): Promise<void>
  /** As many jobs as given, by the library's call for many; rejects unless all are stored. */
  pushMany(jobs: readonly BenchJob[]): Promise<void>
  /**
   * Begins to run jobs, and to move those that come due if that is a service of its own. Resolves to how to stop, which
   * resolves when no handler runs any more.
   */
  process(options: ProcessOptions): Promise<() => Promise<void>>
  /** Jobs that the store holds and has not finished, in whatever state: of this name, or without one of their own. */
  remaining(name?: string): Promise<number>
  /** Lets go of every connection and timer. */
  close(): Promise<void>
}

/** What plugs one store, or one other library, into every scenario. */
export interface Adapter {
  /** As `--store` or `--peer` names it. */
  readonly name: string
  /** As a report for readers names it. */
  readonly label: string
  /** Another library, to compare with. */
  readonly isPeer: boolean
  /** Where its jobs are, and so whose memory and time are measured beside those of this process. */
  readonly keepsJobsIn: 'redis' | 'process'
  /** The concurrency of 10, 100 and 500 with which S3 drains most jobs a second, for scenarios that try one only. */
  readonly bestConcurrency: number
  /** Loads the library only now, so that a run's process has nothing in it but what it measures. */
  open(environment: AdapterEnvironment): Promise<Subject>
}
