import { type BenchJob, benchJob } from '../payload.js'
import type { Scenario } from '../scenario.js'
import { percentile } from '../statistics.js'
import { drain, expectRemaining } from './drain.js'
import { pushInChunks } from './push-in-chunks.js'

/** How many jobs each small tenant has. */
const SMALL_JOBS = 10

/** The most small tenants. */
const SMALL_TENANTS = 50

const CONCURRENCY = 100
const WITH_GROUPS = 'each tenant a group'

/** How long small tenants wait behind one that has pushed a hundred times as much before them. */
export const s8Fairness: Scenario = {
  id: 'S8',
  title: 'One tenant with 50,000 jobs, then 50 with ten each: how long the small ones wait',
  metrics: [
    { key: 'p50', label: 'small, p50 ms', digits: 1 },
    { key: 'p99', label: 'small, p99 ms', digits: 1 },
    { key: 'jobsPerSecond', label: 'jobs/s, all', digits: 0 },
  ],
  variants: ['no groups', WITH_GROUPS],
  jobs: 50_000 + SMALL_TENANTS * SMALL_JOBS,
  quickJobs: 5_000 + SMALL_TENANTS * SMALL_JOBS,
  isDefault: false,
  // Groups are what it is about.
  appliesTo: ({ isPeer }) => !isPeer,

  async run(context) {
    const { subject, jobs, variant } = context
    const small = Math.min(SMALL_TENANTS * SMALL_JOBS, Math.floor(jobs / 2))
    const large = jobs - small
    const toJob = (n: number): BenchJob => {
      const tenant = n < large ? 'large' : `small-${String(Math.floor((n - large) / SMALL_JOBS))}`
      return variant === WITH_GROUPS ? { ...benchJob(n), group: tenant } : benchJob(n)
    }
    await pushInChunks(subject, jobs, toJob)
    await expectRemaining(subject, jobs)
    const waits: number[] = []
    const startedAt = performance.now()
    const onJob = (n: number): void => {
      if (n >= large) waits.push(performance.now() - startedAt)
    }
    const elapsedMs = await drain(context, CONCURRENCY, onJob)
    return { p50: percentile(waits, 50), p99: percentile(waits, 99), jobsPerSecond: jobs / (elapsedMs / 1_000) }
  },
}
