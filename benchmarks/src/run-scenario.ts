import { randomUUID } from 'node:crypto'
import type { Adapter, Subject } from './adapters/adapter.js'
import { heapMeter } from './meters/heap-meter.js'
import { redisMeter } from './meters/redis-meter.js'
import type { Scenario } from './scenario.js'
import { Tally } from './tally.js'
import { warmUp } from './warm-up.js'

/** Which run it is. */
export interface RunPlan {
  readonly scenario: Scenario
  readonly adapter: Adapter
  readonly variant: string
  readonly jobs: number
  /** The folder of another checkout whose library is measured in place of this one's. */
  readonly checkout?: string | undefined
}

/** The variants of a scenario; one without a name when it has none. */
export function variantsOf(scenario: Scenario): readonly string[] {
  return scenario.variants ?? ['']
}

/**
 * One run in this process. `url` is that of a Redis server, for adapters that keep their jobs in one. Lets go of
 * everything it opened, also when it rejects.
 */
export async function runScenario(plan: RunPlan, url: string): Promise<Readonly<Record<string, number>>> {
  const { scenario, adapter, variant, jobs } = plan
  const tally = new Tally(jobs)
  const meter = adapter.keepsJobsIn === 'redis' ? await redisMeter(url) : heapMeter()
  try {
    // Short, as some libraries have it in the key of every job.
    const namespace = randomUUID().slice(0, 8)
    const environment = { url, namespace, onFault: (error: Error): void => tally.fail(error) }
    if (scenario.warmUp !== undefined) await warmUp(adapter, environment, scenario.warmUp, jobs)
    const openAt = (other: string): Promise<Subject> => adapter.open({ ...environment, url: other })
    const subject = await adapter.open(environment)
    try {
      const { bestConcurrency } = adapter
      return await scenario.run({ subject, environment, openAt, meter, tally, jobs, variant, bestConcurrency })
    } finally {
      await subject.close()
    }
  } finally {
    await meter.close()
  }
}
