import { randomUUID } from 'node:crypto'
import type { Adapter, AdapterEnvironment } from './adapters/adapter.js'
import { benchJob } from './payload.js'
import { drain } from './scenarios/drain.js'
import { pushInChunks } from './scenarios/push-in-chunks.js'
import { pushInFlight } from './scenarios/push-in-flight.js'
import { Tally } from './tally.js'

const IN_FLIGHT = 64
const CONCURRENCY = 100

/**
 * Takes so many jobs through the library, in a namespace of their own, before a run: pushes them one by one and in bulk, and runs
 * them. A process of a few tenths of a second would measure how long compilers take, and users have processes that run for days.
 */
export async function warmUp(adapter: Adapter, environment: AdapterEnvironment, jobs: number): Promise<void> {
  const subject = await adapter.open({ ...environment, namespace: randomUUID().slice(0, 8) })
  try {
    const tally = new Tally(jobs)
    const single = Math.floor(jobs / 2)
    await pushInFlight(subject, single, IN_FLIGHT)
    await pushInChunks(subject, jobs - single, (n) => benchJob(single + n))
    await drain({ subject, tally }, CONCURRENCY)
  } finally {
    await subject.close()
  }
}
