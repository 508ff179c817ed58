import type { ReportEntry, ReportOutcome } from '../contract/outcomes.js'
import { Batcher } from '../service/batcher.js'
import type { StoreCalls } from '../service/store-calls.js'

const MAX_BATCH = 1_000
const MAX_BATCH_CHARACTERS = 8 * 1024 * 1024

/** Sends what running jobs report of themselves, in batches. */
export class Reporter {
  readonly #batcher: Batcher<ReportEntry, ReportOutcome>

  constructor(calls: StoreCalls) {
    this.#batcher = new Batcher({
      send: (entries) => calls.call('report', (store) => store.report({ entries })),
      maxItems: MAX_BATCH,
      maxWeight: MAX_BATCH_CHARACTERS,
      weigh: ({ progress = '', checkpoint = '', lines = [] }) =>
        lines.reduce((sum, line) => sum + line.length, progress.length + checkpoint.length),
    })
  }

  /** Rejects when the store cannot be reached; it is not tried again. */
  report(entry: ReportEntry): Promise<ReportOutcome> {
    return this.#batcher.add(entry)
  }
}
