/** What every job carries. */
export interface Payload {
  /** The job's number in its run, from 0. */
  readonly n: number
  readonly text: string
}

/** A job as the scenarios hand it to an adapter. */
export interface BenchJob {
  /** Its job name. Default: the one that is processed by default. */
  readonly name?: string
  readonly payload: Payload
  /** Due at this instant. Default: now. */
  readonly executeAt?: Date
  /** Whose it is. Default: nobody's. */
  readonly group?: string
}

const TEXT = 'The quick brown fox jumps over the lazy dog; '.repeat(3).slice(0, 100)

/** The job with this number: a payload with 100 characters of text, as a job of an application might have. */
export function benchJob(n: number, executeAt?: Date): BenchJob {
  const payload = { n, text: TEXT }
  return executeAt === undefined ? { payload } : { payload, executeAt }
}
