/** The stable codes of every error this library throws. New ones may be added; none changes its meaning. */
export type GoschedsErrorCode =
  | 'INVALID_ARGUMENT'
  | 'ARGS_NOT_SERIALIZABLE'
  | 'ARGS_TOO_LARGE'
  | 'RESULT_NOT_SERIALIZABLE'
  | 'RESULT_TOO_LARGE'
  | 'RESULT_NOT_RETAINED'
  | 'RESULT_TIMEOUT'
  | 'NOT_FOUND'
  | 'JOB_DEAD'
  | 'PROGRESS_NOT_SERIALIZABLE'
  | 'PROGRESS_TOO_LARGE'
  | 'CHECKPOINT_NOT_SERIALIZABLE'
  | 'CHECKPOINT_TOO_LARGE'
  | 'DUPLICATE_HANDLER'
  | 'INVALID_STATE'
  | 'UNDECODABLE_RECORD'
  | 'UNSUPPORTED_RECORD'
  | 'STORE_TIMEOUT'
  | 'STORE_FAILED'
  | 'STORE_UNSUITABLE'
  | 'NOT_SUPPORTED'
  | 'NON_RETRYABLE'
  | 'NON_ERROR_THROWN'
  | 'JOB_TIMED_OUT'
  | 'LEASE_LOST'
  | 'CANCELLED'
  | 'WORKER_STOPPING'

/** The base of every error of this library. Branch on `code`, never on the message. */
export class GoschedsError extends Error {
  readonly code: GoschedsErrorCode

  constructor(code: GoschedsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** An argument or option is missing, of the wrong type, out of its range, or unknown. */
export class InvalidArgumentError extends GoschedsError {
  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_ARGUMENT', message, options)
  }
}

/** The store adapter does not implement this method. */
export class NotSupportedError extends GoschedsError {
  constructor(kind: string, method: string) {
    super('NOT_SUPPORTED', `the ${kind} store does not implement ${method}()`)
  }
}

/** The store cannot be used as it is set up: too old, or set to evict. The message names the setting. */
export class StoreUnsuitableError extends GoschedsError {
  constructor(message: string, options?: ErrorOptions) {
    super('STORE_UNSUITABLE', message, options)
  }
}

/**
 * Throw it from a handler to end the job as dead at once, whatever attempts it has left: the address does
 * not exist, the order is gone, no retry can help.
 */
export class NonRetryableError extends GoschedsError {
  constructor(message: string, options?: ErrorOptions) {
    super('NON_RETRYABLE', message, options)
  }
}
