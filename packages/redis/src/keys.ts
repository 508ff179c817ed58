import { InvalidArgumentError } from '@goscheds/core'

const MAX_NAMESPACE = 128

/** The keys of one namespace that calls name. The scripts derive the others from `jobs`, which comes first always. */
export interface Keys {
  readonly jobs: string
  readonly runs: string
  readonly errors: string
  readonly results: string
  readonly cancels: string
  readonly extras: string
  readonly failures: string
  readonly progress: string
  readonly checkpoints: string
  readonly logged: string
  readonly control: string
  readonly limits: string
  readonly holds: string
  readonly fair: string
  readonly void: string
  readonly generation: string
  readonly scheduled: string
  readonly scheduledCounts: string
  readonly names: string
  readonly pushed: string
  readonly clock: string
  /** The pub/sub channel of the hints that `subscribe` delivers. */
  readonly hints: string
  /** The work queue of a name; also the channel that tells that it is no longer empty. */
  readonly ready: (name: string) => string
  /** The channel of the end of a job. */
  readonly finished: (id: string) => string
  /** The ready jobs of a name whose priority is not 0. */
  readonly ordered: (name: string) => string
  readonly active: (name: string) => string
  readonly inbox: (name: string, worker: string) => string
}

/** The keys that begin with `prefix`, which holds the hash tag that keeps them in one cluster slot. */
export function keysOf(prefix: string): Keys {
  return {
    jobs: `${prefix}jobs`,
    runs: `${prefix}runs`,
    errors: `${prefix}errors`,
    results: `${prefix}results`,
    cancels: `${prefix}cancels`,
    extras: `${prefix}extras`,
    failures: `${prefix}failures`,
    progress: `${prefix}progress`,
    checkpoints: `${prefix}checkpoints`,
    logged: `${prefix}logged`,
    control: `${prefix}control`,
    limits: `${prefix}limits`,
    holds: `${prefix}holds`,
    fair: `${prefix}fair`,
    void: `${prefix}void`,
    generation: `${prefix}generation`,
    scheduled: `${prefix}scheduled`,
    scheduledCounts: `${prefix}scheduled-counts`,
    names: `${prefix}names`,
    pushed: `${prefix}pushed`,
    clock: `${prefix}clock`,
    hints: `${prefix}hints`,
    finished: (id) => `${prefix}finished\t${id}`,
    ready: (name) => `${prefix}${name}:ready`,
    ordered: (name) => `${prefix}${name}:ordered`,
    active: (name) => `${prefix}${name}:active`,
    inbox: (name, worker) => `${prefix}${name}:inbox:${worker}`,
  }
}

/** The prefix of a namespace; rejects one that would break a key. */
export function namespacePrefix(namespace: string): string {
  if (typeof namespace !== 'string' || namespace.length < 1 || namespace.length > MAX_NAMESPACE) {
    throw new InvalidArgumentError(`namespace must be a text of 1 to ${MAX_NAMESPACE} characters`)
  }
  if (/[{}\p{Cc}]/u.test(namespace)) {
    throw new InvalidArgumentError('namespace must have no braces and no control characters')
  }
  return `{${namespace}}:`
}
