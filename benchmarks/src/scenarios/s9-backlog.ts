import { type BenchJob, benchJob } from '../payload.js'
import type { RunContext, Scenario } from '../scenario.js'
import { Tally } from '../tally.js'
import { cpuMeter, cpuMetrics } from './cpu-per-job.js'
import { expectRemaining } from './drain.js'
import { lateness, WARM_UP } from './lateness.js'
import { pushInChunks } from './push-in-chunks.js'

const DAY_MS = 86_400_000

/** Among so many names the half of a backlog is spread that does not have the name of the jobs that run. */
const OTHER_NAMES = 10

/** The most jobs whose lateness is measured, those that warm up included. */
const DUE_JOBS = WARM_UP + 500

const WARM_UP_NAME = 'warm-up'

/**
 * So many run before, as a share of those that are measured: with more of them the hash of all jobs would pass 2 ** 21, and
 * Redis would move it to a larger table meanwhile, which it does once in a doubling.
 */
const WARM_UP_SHARE = 0.4

const SMALL = 'as many'
const LARGE = '20 times as many'

/** Whether a job costs more when much else is in the store, in front of which it runs. */
export const s9Backlog: Scenario = {
  id: 'S9',
  title: 'Drain, then lateness, while so many others wait and so many are scheduled',
  metrics: [
    { key: 'jobsPerSecond', label: 'jobs/s', digits: 0 },
    ...cpuMetrics,
    { key: 'p50', label: 'late, p50 ms', digits: 2 },
    { key: 'p99', label: 'late, p99 ms', digits: 2 },
  ],
  variants: [SMALL, LARGE],
  targets: [
    { metric: 'jobsPerSecond', store: 'redis', variant: LARGE, than: SMALL, bound: 'at least', value: 0.85 },
    { metric: 'redisCpu', store: 'redis', variant: LARGE, than: SMALL, bound: 'at most', value: 1.15 },
    { metric: 'nodeCpu', store: 'redis', variant: LARGE, than: SMALL, bound: 'at most', value: 1.15 },
    { metric: 'p50', store: 'redis', variant: LARGE, than: SMALL, bound: 'at most', value: 1.15 },
    { metric: 'p99', store: 'redis', variant: LARGE, than: SMALL, bound: 'at most', value: 1.15 },
  ],
  jobs: 50_000,
  quickJobs: 5_000,
  isDefault: false,
  appliesTo: ({ name }) => name === 'redis',
  timeoutMs: 300_000,

  async run(context) {
    const { subject, tally, meter, jobs, variant } = context
    const backlog = jobs * (variant === LARGE ? 20 : 1)
    await pushInChunks(subject, jobs)
    const tomorrow = new Date(Date.now() + DAY_MS)
    await pushInChunks(subject, backlog, (n) => ofTheBacklog(jobs + n))
    await pushInChunks(subject, backlog, (n) => ofTheBacklog(jobs + n, tomorrow))
    const ofSameName = Math.ceil(backlog / 2) * 2
    await expectRemaining(subject, jobs + ofSameName)

    // Compilers and the heap are alike for both backlogs then, whatever was pushed before.
    const warmUp = Math.ceil(jobs * WARM_UP_SHARE)
    await pushInChunks(subject, warmUp, (n) => ({ ...benchJob(n), name: WARM_UP_NAME }))
    await drainSome({ ...context, jobs: warmUp, tally: new Tally(warmUp) }, WARM_UP_NAME)
    await expectRemaining(subject, 0, WARM_UP_NAME)

    const cpuPerJob = await cpuMeter(meter)
    const { elapsedMs, settled } = await drainSome(context)
    const cpu = await cpuPerJob(settled)
    await expectRemaining(subject, jobs + ofSameName - settled)

    const dueJobs = Math.min(jobs, DUE_JOBS)
    const { p50, p99 } = await lateness({ subject, tally: new Tally(dueJobs), jobs: dueJobs, name: 'due' })
    tally.verify()
    return { jobsPerSecond: settled / (elapsedMs / 1_000), ...cpu, p50, p99 }
  },
}

/** Every other one has the name of the jobs that run. */
function ofTheBacklog(n: number, executeAt?: Date): BenchJob {
  const job = benchJob(n, executeAt)
  return n % 2 === 0 ? job : { ...job, name: `other-${String(Math.floor(n / 2) % OTHER_NAMES)}` }
}

/**
 * Runs the jobs of the tally, which come first, and of those behind them the few that the worker has claimed by then, none of
 * them twice. Resolves to the time until the store had as many ends as the tally has jobs, and to how many it has in the end.
 */
async function drainSome(
  { subject, tally, jobs, bestConcurrency }: RunContext,
  name?: string,
): Promise<Record<'elapsedMs' | 'settled', number>> {
  const behind = new Set<number>()
  let settled = 0
  const start = performance.now()
  const stop = await subject.process({
    ...(name !== undefined && { name }),
    concurrency: bestConcurrency,
    onJob({ n }) {
      if (n < jobs) tally.handled(n)
      else if (behind.has(n)) tally.fail(new Error(`job ${String(n)} of the backlog ran twice`))
      else behind.add(n)
    },
    onSettled() {
      settled++
      if (settled <= jobs) tally.settled()
    },
  })
  await tally.finished()
  const elapsedMs = performance.now() - start
  await stop()
  tally.verify()
  if (settled !== jobs + behind.size)
    throw new Error(`of ${String(jobs + behind.size)} that ran ${String(settled)} ended`)
  return { elapsedMs, settled }
}
