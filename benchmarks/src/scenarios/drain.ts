import type { RunContext } from '../scenario.js'

/**
 * Runs all jobs that wait, with a handler that does nothing; resolves to the milliseconds from the worker's start until
 * the store had the end of the last one; `onJob` hears of each as it begins. Afterwards each has run exactly once and the store holds none.
 */
export async function drain(
  { subject, tally }: Pick<RunContext, 'subject' | 'tally'>,
  concurrency: number,
  onJob: (n: number) => void = () => undefined,
): Promise<number> {
  const start = performance.now()
  const stop = await subject.process({
    concurrency,
    onJob({ n }) {
      onJob(n)
      tally.handled(n)
    },
    onSettled: () => tally.settled(),
  })
  await tally.finished()
  const elapsedMs = performance.now() - start
  await stop()
  await expectRemaining(subject, 0)
  tally.verify()
  return elapsedMs
}

/** @throws Error unless the store holds exactly so many unfinished jobs, of this name or without one of their own. */
export async function expectRemaining(subject: RunContext['subject'], jobs: number, name?: string): Promise<void> {
  const remaining = await subject.remaining(name)
  if (remaining !== jobs) throw new Error(`the store holds ${String(remaining)} jobs and should hold ${String(jobs)}`)
}
