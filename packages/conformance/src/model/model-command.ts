import type { AsyncCommand } from 'fast-check'
import type { Comparison } from './comparison.js'

/** One command of a sequence: it finds out what it is about when it runs, so that it can run after any other. */
export type ModelCommand = AsyncCommand<Comparison, Comparison, true>

/**
 * A command for fast-check. `title` names it where a sequence is printed; `run` does it on both stores and
 * rejects when they differ; where `isPossible` says no, it is left out of the sequence.
 */
export function modelCommand(
  title: string,
  run: (comparison: Comparison) => Promise<void>,
  isPossible: (comparison: Comparison) => Promise<boolean> = async () => true,
): ModelCommand {
  return { check: isPossible, run, toString: () => title }
}
