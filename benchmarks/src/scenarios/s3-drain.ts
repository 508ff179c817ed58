import type { Scenario } from '../scenario.js'
import { atLeastTimes, atMostTimes } from '../target.js'
import { drain, expectRemaining } from './drain.js'
import { pushInChunks } from './push-in-chunks.js'

const PER_JOBS = 10_000

/** What the library costs when the handlers cost nothing: one worker process empties a full work queue. */
export const s3Drain: Scenario = {
  id: 'S3',
  title: 'Drain of no-op jobs by one worker, by concurrency',
  metrics: [
    { key: 'jobsPerSecond', label: 'jobs/s', digits: 0 },
    { key: 'nodeCpu', label: 'Node CPU s/10,000', digits: 3 },
    { key: 'redisCpu', label: 'Redis CPU s/10,000', digits: 3 },
  ],
  variants: ['10', '100', '500'],
  bestBy: 'jobsPerSecond',
  targets: [
    atLeastTimes(5, 'bullmq', 'jobsPerSecond'),
    atLeastTimes(4, 'bee-queue', 'jobsPerSecond'),
    { metric: 'jobsPerSecond', store: 'memory', bound: 'at least', value: 300_000 },
    atMostTimes(1 / 5, 'bullmq', 'nodeCpu'),
    atMostTimes(1 / 4, 'bullmq', 'redisCpu'),
  ],
  jobs: 30_000,
  quickJobs: 5_000,

  async run(context) {
    const { subject, meter, jobs, variant } = context
    await pushInChunks(subject, jobs)
    await expectRemaining(subject, jobs)
    const redisBefore = await meter.cpuSeconds()
    const nodeBefore = process.cpuUsage()
    const elapsedMs = await drain(context, Number(variant))
    const node = process.cpuUsage(nodeBefore)
    const redisAfter = await meter.cpuSeconds()
    return {
      jobsPerSecond: jobs / (elapsedMs / 1_000),
      nodeCpu: ((node.user + node.system) / 1e6 / jobs) * PER_JOBS,
      ...(redisBefore !== undefined &&
        redisAfter !== undefined && { redisCpu: ((redisAfter - redisBefore) / jobs) * PER_JOBS }),
    }
  },
}
