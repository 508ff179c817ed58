import { randomUUID } from 'node:crypto'
import type { Adapter, AdapterEnvironment, Subject } from './adapters/adapter.js'
import { benchJob } from './payload.js'
import { pushInChunks } from './scenarios/push-in-chunks.js'
import { pushInFlight } from './scenarios/push-in-flight.js'
import { Tally } from './tally.js'

const WARM_UP_MS = 500
const ROUND = 1_000
const IN_FLIGHT = 64
const CONCURRENCY = 100

/** What a library does before it is measured: with each number that it takes, so many jobs more. */
export type WarmUp = (subject: Subject, rounds: Iterable<number>) => Promise<void>

/** Single pushes, many at a time. */
export const warmUpPush: WarmUp = async (subject, rounds) => {
  for (const jobs of rounds) await pushInFlight(subject, jobs, IN_FLIGHT)
}

/** Bulk pushes. */
export const warmUpPushMany: WarmUp = async (subject, rounds) => {
  for (const jobs of rounds) await pushInChunks(subject, jobs)
}

/** Pushes of both kinds, and a worker that runs what was pushed. */
export const warmUpRuns: WarmUp = async (subject, rounds) => {
  let tally = new Tally(0)
  const stop = await subject.process({
    concurrency: CONCURRENCY,
    onJob: ({ n }) => tally.handled(n),
    onSettled: () => tally.settled(),
  })
  for (const jobs of rounds) {
    tally = new Tally(jobs)
    const single = Math.floor(jobs / 2)
    await pushInFlight(subject, single, IN_FLIGHT)
    await pushInChunks(subject, jobs - single, (n) => benchJob(single + n))
    await tally.finished()
    tally.verify()
  }
  await stop()
}

/**
 * Has the library do the same as in the run, for half a second and with no more jobs than the run has, in a namespace of
 * its own: a run of a cold process would measure how long compilers take, and users have processes that run for days.
 */
export async function warmUp(
  adapter: Adapter,
  environment: AdapterEnvironment,
  how: WarmUp,
  jobs: number,
): Promise<void> {
  const subject = await adapter.open({ ...environment, namespace: randomUUID().slice(0, 8) })
  try {
    await how(subject, roundsOf(jobs))
  } finally {
    await subject.close()
  }
}

function* roundsOf(jobs: number): Iterable<number> {
  const until = performance.now() + WARM_UP_MS
  for (let left = jobs; left > 0 && performance.now() < until; left -= ROUND) yield Math.min(ROUND, left)
}
