import type { Handler, HandlerContext } from '../../src/index.js'
import { type Deferred, deferred } from './deferred.js'

/** A handler that a test is in: it has its context, and ends it when it wants to. */
export interface OpenHandler {
  readonly handler: Handler<unknown, unknown>
  /** Of the last call. */
  readonly context: () => HandlerContext
  /** Ends the last call. */
  readonly end: () => Deferred<unknown>
}

export function anOpenHandler(): OpenHandler {
  let context: HandlerContext | undefined
  let end = deferred<unknown>()
  return {
    handler: (_job, given) => {
      context = given
      end = deferred()
      return end.promise
    },
    context() {
      if (context === undefined) throw new Error('the handler has not been called')
      return context
    },
    end: () => end,
  }
}

/** What a call rejects with, or `undefined`. */
export function refusal(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  )
}
