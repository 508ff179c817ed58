import { setTimeout as sleep } from 'node:timers/promises'
import type { Scheduler, Worker } from '@goscheds/core'
import type { RedisStore } from '@goscheds/redis'
import { ServerMeter, workBetween } from '../costs/server-meter.js'
import { benchJob, type Payload } from '../payload.js'
import type { RunContext, Scenario } from '../scenario.js'

const NAMES_PER_WORKER = 10

/** For each name: until all are in their waits, and then how long nothing happens. 15 seconds for 1,000 names. */
const SETTLE_MS_PER_NAME = 10
const IDLE_MS_PER_NAME = 15

const TEN_EACH = 'ten names for each worker'
const WITH_SCHEDULERS = 'and a scheduler beside each'
const ONE_WITH_ALL = 'one worker for all names'

/** What a fleet costs Redis that has nothing to do. */
export const s11IdleFleet: Scenario = {
  id: 'S11',
  title: 'Workers that wait for jobs of so many names, ten names for each, and get none',
  metrics: [
    { key: 'redisPercent', label: 'Redis, % of a core', digits: 2 },
    { key: 'requests', label: 'requests/s', digits: 0 },
    { key: 'commands', label: 'commands/s', digits: 0 },
    { key: 'connections', label: 'connections', digits: 0 },
  ],
  variants: [TEN_EACH, WITH_SCHEDULERS, ONE_WITH_ALL],
  targets: [TEN_EACH, WITH_SCHEDULERS, ONE_WITH_ALL].map((variant) => ({
    ...{ metric: 'redisPercent', store: 'redis', variant, bound: 'at most', value: 1 },
  })),
  jobs: 1_000,
  quickJobs: 200,
  isDefault: false,
  appliesTo: ({ name }) => name === 'redis',

  async run(context) {
    const { subject, environment, tally, meter, jobs, variant } = context
    const names = Array.from({ length: jobs }, (_, n) => nameOf(n))
    const perWorker = variant === ONE_WITH_ALL ? jobs : NAMES_PER_WORKER
    const teams: Team[] = []
    const server = await ServerMeter.open(environment.url)
    try {
      for (let first = 0; first < jobs; first += perWorker) {
        const own = names.slice(first, first + perWorker)
        teams.push(await startTeam(context, own, variant === WITH_SCHEDULERS || first === 0))
      }
      await sleep(jobs * SETTLE_MS_PER_NAME)
      const [before, cpuBefore, start] = [await server.read(), await meter.cpuSeconds(), performance.now()]
      await sleep(jobs * IDLE_MS_PER_NAME)
      const [cpuAfter, after] = [await meter.cpuSeconds(), await server.read()]
      const seconds = (performance.now() - start) / 1_000
      const { requests, commands } = workBetween(before, after)
      const connections = await server.connected()
      // None of them was idle because it was out of order.
      await subject.pushMany(names.map((name, n) => ({ ...benchJob(n), name })))
      await tally.finished()
      return {
        redisPercent: (((cpuAfter ?? Number.NaN) - (cpuBefore ?? Number.NaN)) / seconds) * 100,
        requests: requests / seconds,
        commands: commands / seconds,
        connections,
      }
    } finally {
      server.close()
      await Promise.all(teams.map(stopTeam))
      tally.verify()
    }
  },
}

/** What a process of an application has. */
interface Team {
  readonly store: RedisStore
  readonly worker: Worker
  readonly scheduler: Scheduler | undefined
}

function nameOf(n: number): string {
  return `name-${String(n)}`
}

async function startTeam(
  { environment, tally }: RunContext,
  names: readonly string[],
  hasScheduler: boolean,
): Promise<Team> {
  const { url, namespace, onFault } = environment
  const { RedisStore } = await import('@goscheds/redis')
  const { Scheduler, Worker } = await import('@goscheds/core')
  const store = new RedisStore({ connection: url, namespace })
  const worker = new Worker({ store }).on('error', onFault).on('completed', () => tally.settled())
  for (const name of names) worker.registerHandler<Payload>(name, async ({ args }) => tally.handled(args.n))
  worker.start()
  const scheduler = hasScheduler ? new Scheduler({ store }).on('error', onFault) : undefined
  scheduler?.start()
  return { store, worker, scheduler }
}

async function stopTeam({ store, worker, scheduler }: Team): Promise<void> {
  await scheduler?.stop()
  await worker.stop()
  await store.close()
}
