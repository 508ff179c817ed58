import type { Scenario } from '../scenario.js'
import { atLeastTimes } from '../target.js'
import { warmUpPush } from '../warm-up.js'
import { drain, expectRemaining } from './drain.js'
import { pushInFlight } from './push-in-flight.js'

const IN_FLIGHT = 64
const DRAIN_CONCURRENCY = 100

/** What a web process does: one push per request, many requests at once. */
export const s1SinglePushes: Scenario = {
  id: 'S1',
  title: 'Single pushes, 64 in flight',
  metrics: [{ key: 'jobsPerSecond', label: 'jobs/s', digits: 0 }],
  targets: [atLeastTimes(3.5, 'bullmq', 'jobsPerSecond'), atLeastTimes(1.5, 'bee-queue', 'jobsPerSecond')],
  jobs: 15_000,
  jobsWith: { redis: 60_000, memory: 60_000, 'bee-queue': 30_000 },
  quickJobs: 5_000,
  warmUp: warmUpPush,

  async run(context) {
    const { subject, jobs } = context
    const start = performance.now()
    await pushInFlight(subject, jobs, IN_FLIGHT)
    const seconds = (performance.now() - start) / 1_000
    await expectRemaining(subject, jobs)
    await drain(context, DRAIN_CONCURRENCY)
    return { jobsPerSecond: jobs / seconds }
  },
}
