import * as fc from 'fast-check'
import { claim, rotate, waitForReady } from './commands/claiming.js'
import { extend, report, settle } from './commands/consuming.js'
import { cancel, pause, redrive, remove, reschedule, resume } from './commands/control.js'
import { enqueue, promote } from './commands/producing.js'
import { counts, get, list, look, workers } from './commands/reading.js'
import { advance, heartbeat, leave, prune, reap } from './commands/upkeep.js'
import type { Comparison } from './comparison.js'
import type { ModelCommand } from './model-command.js'

// What brings jobs into the rarer states comes most often; what only looks is rare, as the end looks at everything.
const anyCommand: fc.Arbitrary<ModelCommand> = fc.oneof(
  { weight: 16, arbitrary: enqueue },
  { weight: 16, arbitrary: claim },
  { weight: 14, arbitrary: settle },
  { weight: 7, arbitrary: extend },
  { weight: 4, arbitrary: report },
  { weight: 2, arbitrary: rotate },
  { weight: 10, arbitrary: advance },
  { weight: 6, arbitrary: promote },
  { weight: 8, arbitrary: reap },
  { weight: 5, arbitrary: prune },
  { weight: 5, arbitrary: cancel },
  { weight: 4, arbitrary: reschedule },
  { weight: 2, arbitrary: remove },
  { weight: 4, arbitrary: redrive },
  { weight: 2, arbitrary: pause },
  { weight: 6, arbitrary: resume },
  { weight: 3, arbitrary: waitForReady },
  { weight: 3, arbitrary: heartbeat },
  { weight: 2, arbitrary: leave },
  { weight: 1, arbitrary: get },
  { weight: 2, arbitrary: list },
  { weight: 1, arbitrary: counts },
  { weight: 1, arbitrary: workers },
  { weight: 1, arbitrary: look },
)

/** Sequences of commands over the whole contract. `replayPath`: which of them ran in the sequence to repeat. */
export function modelCommands(maxCommands: number, replayPath?: string): fc.Arbitrary<Iterable<ModelCommand>> {
  const constraints = { maxCommands, size: 'max', ...(replayPath !== undefined && { replayPath }) } as const
  return fc.commands<Comparison, Comparison, true>([anyCommand], constraints)
}
