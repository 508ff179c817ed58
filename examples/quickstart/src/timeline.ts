import type { Job, NameCounts } from '@goscheds/core'

const startedAt = Date.now()
const COLUMNS = { clock: 10, job: 14, attempt: 9, late: 9 } as const

/** Prints what the columns of the timeline are. */
export function printHeading(store: string): void {
  console.log(`\ngoscheds quickstart, on the ${store} store\n`)
  printRow('clock', 'job', 'attempt', 'late', '')
}

/**
 * Prints one attempt: when it started and, for the first of a job, how many milliseconds after its `executeAt`
 * that was. A later attempt is not late: it comes when the back-off says so.
 */
export function printAttempt(job: Job<{ readonly text: string }>, fails: boolean): void {
  const now = Date.now()
  const clock = `${((now - startedAt) / 1_000).toFixed(3)} s`
  const late = job.attempt === 1 ? `${now - job.executeAt.getTime()} ms` : '-'
  printRow(clock, job.args.text, String(job.attempt), late, fails ? 'failed, will be tried again' : 'done')
}

/** Prints how it ended. `left`: the jobs that are still in the store, by name. */
export function printEnd(completed: number, left: readonly NameCounts[]): void {
  const names = left.length === 0 ? 'none' : left.map(({ name }) => name).join(', ')
  console.log(`\n${completed} jobs completed, ${names} left in the store.`)
  console.log('"late" is the time from when a job was meant to run to the start of its handler.\n')
}

function printRow(clock: string, job: string, attempt: string, late: string, end: string): void {
  const cells = [
    clock.padStart(COLUMNS.clock),
    `  ${job.padEnd(COLUMNS.job)}`,
    attempt.padStart(COLUMNS.attempt),
    late.padStart(COLUMNS.late),
    `   ${end}`,
  ]
  console.log(cells.join('').trimEnd())
}
