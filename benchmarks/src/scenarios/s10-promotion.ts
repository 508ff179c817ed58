import { setTimeout as sleep } from 'node:timers/promises'
import { benchJob } from '../payload.js'
import { startHelper } from '../scale/helper-process.js'
import type { Pings } from '../scale/pinger-main.js'
import { SlowLog } from '../scale/slow-log.js'
import type { RunContext, Scenario } from '../scenario.js'
import { cpuMeter } from './cpu-per-job.js'
import { drain } from './drain.js'
import { pushInChunks } from './push-in-chunks.js'

/** Until they are due, for each job and in all: long enough to have stored them. */
const LEAD_MS_PER_JOB = 0.06
const LEAD_MS = 1_500

/** Between two looks whether all have been moved. */
const LOOK_MS = 20

const ALONE = 'promotion alone'
const WITH_WORKER = 'while a worker runs them'

/** How long others wait for Redis while it moves very many jobs that are due at one instant. */
export const s10Promotion: Scenario = {
  id: 'S10',
  title: 'Jobs that are all due at one instant, and a client that asks Redis for something else every millisecond',
  metrics: [
    { key: 'jobsPerSecond', label: 'jobs/s', digits: 0 },
    { key: 'redisCpu', label: 'Redis CPU s/10,000', digits: 3 },
    { key: 'slowest', label: 'slowest call, ms', digits: 2 },
    { key: 'p50', label: 'others, p50 ms', digits: 2 },
    { key: 'p999', label: 'others, p99.9 ms', digits: 2 },
    { key: 'max', label: 'others, max ms', digits: 2 },
  ],
  variants: [ALONE, WITH_WORKER],
  targets: [
    { metric: 'slowest', store: 'redis', variant: ALONE, bound: 'at most', value: 10 },
    { metric: 'max', store: 'redis', variant: ALONE, bound: 'at most', value: 10 },
  ],
  jobs: 100_000,
  quickJobs: 10_000,
  isDefault: false,
  // It is about others at the server.
  appliesTo: ({ name }) => name === 'redis',

  async run(context) {
    const { subject, environment, meter, jobs, variant, bestConcurrency } = context
    const pinger = await startHelper<Pings>('pinger', [environment.url])
    const dueAt = Date.now() + Math.ceil(LEAD_MS + jobs * LEAD_MS_PER_JOB)
    await pushInChunks(subject, jobs, (n) => benchJob(n, new Date(dueAt)))
    const slowLog = await SlowLog.open(environment.url)
    const cpuPerJob = await cpuMeter(meter)
    if (Date.now() >= dueAt) throw new Error('pushing took so long that jobs were due before all were stored')
    // While the jobs were pushed it has warmed up.
    pinger.begin()
    if (variant === ALONE) await promote(context)
    else await drain(context, bestConcurrency)
    const elapsedMs = Date.now() - dueAt
    const { redisCpu } = await cpuPerJob(jobs)
    const { p50, p999, max } = await pinger.stop()
    const slowest = await slowLog.slowestMs()
    slowLog.close()
    if (variant === ALONE) await drain(context, bestConcurrency)
    return { jobsPerSecond: jobs / (elapsedMs / 1_000), redisCpu: redisCpu ?? Number.NaN, slowest, p50, p999, max }
  },
}

/** Resolves when a scheduler has moved all jobs to their work queue. */
async function promote({ environment, jobs }: RunContext): Promise<void> {
  const { url, namespace, onFault } = environment
  const { RedisStore } = await import('@goscheds/redis')
  const { Inspector, Scheduler } = await import('@goscheds/core')
  const { NAME } = await import('../adapters/goscheds-subject.js')
  const store = new RedisStore({ connection: url, namespace })
  const scheduler = new Scheduler({ store }).on('error', onFault)
  const inspector = new Inspector({ store })
  try {
    scheduler.start()
    for (let ready = 0; ready < jobs; ready = (await inspector.counts([NAME]))[0]?.ready ?? 0) await sleep(LOOK_MS)
  } finally {
    await scheduler.stop()
    await store.close()
  }
}
