import type { BackoffFunction } from '../job/backoff.js'
import type { Codec } from '../job/codec.js'
import type { Handler, Job } from '../job/handler.js'
import type { StandardSchema } from '../job/standard-schema.js'
import type { Runtime } from '../runtime/runtime.js'
import type { Attempt } from './attempt.js'
import type { AttemptEnd } from './attempt-end.js'
import type { Reporter } from './reporter.js'

/** What a worker runs for one name. */
export interface Registration {
  readonly name: string
  readonly handler: Handler<never>
  readonly concurrency: number
  readonly argsSchema: StandardSchema | undefined
  readonly resultSchema: StandardSchema | undefined
  /** The handler's own, or its definition's. */
  readonly backoff: BackoffFunction | undefined
}

/** What an attempt tells of itself. */
export interface AttemptListener {
  /** Right before its handler is called; not of a job that cannot be read. */
  started(job: Job): void
  /** Once. */
  ended(attempt: Attempt, end: AttemptEnd): void
}

/** What the attempts of a worker have in common. */
export interface AttemptEnvironment {
  readonly codec: Codec
  readonly runtime: Runtime
  readonly reporter: Reporter
  /** Whether the store can hold a name back. */
  readonly holdsNames: boolean
  /** Whether the worker claims no more: a generator ends at its next checkpoint. */
  readonly isStopping: () => boolean
  readonly onFault: (error: unknown) => void
  readonly listener: AttemptListener
}
