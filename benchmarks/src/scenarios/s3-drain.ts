import type { Scenario } from '../scenario.js'
import { atLeastTimes, atMostTimes } from '../target.js'
import { warmUpRuns } from '../warm-up.js'
import { cpuMeter, cpuMetrics } from './cpu-per-job.js'
import { drain, expectRemaining } from './drain.js'
import { pushInChunks } from './push-in-chunks.js'

/** What the library costs when the handlers cost nothing: one worker process empties a full work queue. */
export const s3Drain: Scenario = {
  id: 'S3',
  title: 'Drain of no-op jobs by one worker, by concurrency',
  metrics: [{ key: 'jobsPerSecond', label: 'jobs/s', digits: 0 }, ...cpuMetrics],
  variants: ['10', '100', '500'],
  bestBy: 'jobsPerSecond',
  targets: [
    atLeastTimes(5, 'bullmq', 'jobsPerSecond'),
    atLeastTimes(4, 'bee-queue', 'jobsPerSecond'),
    { metric: 'jobsPerSecond', store: 'memory', bound: 'at least', value: 300_000 },
    atMostTimes(1 / 5, 'bullmq', 'nodeCpu'),
    atMostTimes(1 / 4, 'bullmq', 'redisCpu'),
  ],
  jobs: 8_000,
  jobsWith: { redis: 40_000, memory: 100_000, 'bee-queue': 10_000 },
  quickJobs: 5_000,
  warmUp: warmUpRuns,

  async run(context) {
    const { subject, meter, jobs, variant } = context
    await pushInChunks(subject, jobs)
    await expectRemaining(subject, jobs)
    const cpuPerJob = await cpuMeter(meter)
    const elapsedMs = await drain(context, Number(variant))
    return { jobsPerSecond: jobs / (elapsedMs / 1_000), ...(await cpuPerJob(jobs)) }
  },
}
