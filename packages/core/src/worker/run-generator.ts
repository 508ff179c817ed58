/** What {@link runGenerator} works with. */
export interface GeneratorHost {
  readonly checkpoint: (value: unknown) => Promise<void>
  /** Why the generator must not go on, if it must not; thrown into it. */
  readonly reasonToEnd: () => unknown
  readonly hasEnded: () => boolean
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
 * Runs a generator to its end, with a checkpoint of each value that it yields before it is resumed. Resolves to what it
 * returns. What a checkpoint is refused with, and why the attempt should end, are thrown into it.
 */
export async function runGenerator(
  generator: AsyncGenerator<unknown, unknown, void>,
  { checkpoint, reasonToEnd, hasEnded, giveWay }: GeneratorHost,
): Promise<unknown> {
  let step = await generator.next()
  while (step.done !== true) {
    const refused = await checkpoint(step.value).then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
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
