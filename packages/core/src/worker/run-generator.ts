import { isStoreFault } from '../service/store-calls.js'

/** What {@link runGenerator} works with. */
export interface GeneratorHost {
  readonly checkpoint: (value: unknown) => Promise<void>
  /** Why the generator must not go on, if it must not; thrown into it. */
  readonly reasonToEnd: () => unknown
  readonly hasEnded: () => boolean
  /** Hears of a store that did not answer, and resolves when it may be tried again, or the attempt must end. */
  readonly afterFault: (error: unknown, failures: number) => Promise<void>
  /** Lets others have their turn: a store that answers at once would keep the event loop for this generator. */
  readonly giveWay: () => Promise<void>
}

/** Whether a handler has returned an async generator, and not a stream or a value that can be iterated. */
export function isAsyncGenerator(value: unknown): value is AsyncGenerator<unknown, unknown, void> {
  if (typeof value !== 'object' || value === null || !(Symbol.asyncIterator in value)) return false
  const { next, throw: throwInto, return: end } = value as Partial<AsyncGenerator>
  return typeof next === 'function' && typeof throwInto === 'function' && typeof end === 'function'
}

/**
 * Runs a generator to its end, with a checkpoint of each value that it yields before it is resumed; a bare `yield` has
 * nothing to keep. Resolves to what it returns. A store that is away is tried again, for as long as the attempt may go on.
 * What a checkpoint is refused with otherwise, and why the attempt should end, are thrown into it.
 */
export async function runGenerator(
  generator: AsyncGenerator<unknown, unknown, void>,
  host: GeneratorHost,
): Promise<unknown> {
  const { reasonToEnd, hasEnded, giveWay } = host
  let step = await generator.next()
  while (step.done !== true) {
    const refused = await keep(step.value, host)
    await giveWay()
    if (hasEnded()) {
      // Its slot was taken from it: it may clean up, and its outcome is nobody's concern.
      step = await generator.return(undefined)
      break
    }
    const reason = reasonToEnd() ?? refused?.error
    step = reason === undefined ? await generator.next() : await generator.throw(reason)
  }
  return step.value
}

/** → what the checkpoint was refused with, if it was */
async function keep(value: unknown, host: GeneratorHost): Promise<{ readonly error: unknown } | undefined> {
  if (value === undefined) return undefined
  for (let failures = 0; ; failures++) {
    try {
      await host.checkpoint(value)
      return undefined
    } catch (error) {
      if (!isStoreFault(error) || host.hasEnded() || host.reasonToEnd() !== undefined) return { error }
      await host.afterFault(error, failures)
    }
  }
}
