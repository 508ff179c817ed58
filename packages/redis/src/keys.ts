import { InvalidArgumentError } from '@goscheds/core'

const MAX_NAMESPACE = 128

/** The keys of one namespace that calls name. The scripts derive theirs from `jobs`. */
export interface Keys {
  readonly jobs: string
  readonly names: string
  readonly scheduledCounts: string
  readonly cancels: string
  readonly clock: string
  /** The pub/sub channel of the hints that `subscribe` delivers. */
  readonly hints: string
  /** The work queue of a name; also the channel that tells that it is no longer empty. */
  readonly ready: (name: string) => string
  /** The channel of the end of a job. */
  readonly finished: (id: string) => string
  readonly inbox: (name: string, worker: string) => string
}

/** The keys that begin with `prefix`, which holds the hash tag that keeps them in one cluster slot. */
export function keysOf(prefix: string): Keys {
  return {
    jobs: `${prefix}jobs`,
    names: `${prefix}names`,
    scheduledCounts: `${prefix}scheduled-counts`,
    cancels: `${prefix}cancels`,
    clock: `${prefix}clock`,
    hints: `${prefix}hints`,
    finished: (id) => `${prefix}finished\t${id}`,
    ready: (name) => `${prefix}${name}:ready`,
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
