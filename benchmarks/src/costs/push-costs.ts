import { type JobEntry, Scheduler } from '@goscheds/core'
import { benchJob } from '../payload.js'
import { type CostScenario, costsOf } from './cost-scenario.js'
import { NAME } from './crew.js'
import type { Stage } from './stage.js'

const CHUNK = 1_000
const DAY_MS = 86_400_000
const STORED = 20_000

/** Pushes jobs 0 to below `jobs` by calls of a thousand. @throws Error unless each was added. */
export async function pushAll(
  stage: Stage,
  jobs: number,
  more: (n: number) => Partial<JobEntry> = () => ({}),
): Promise<void> {
  const scheduler = new Scheduler({ store: stage.store, runtime: stage.clock })
  for (let from = 0; from < jobs; from += CHUNK) {
    const entries = Array.from({ length: Math.min(CHUNK, jobs - from) }, (_, index) => {
      return { name: NAME, args: benchJob(from + index).payload, ...more(from + index) }
    })
    const results = await scheduler.pushMany(entries)
    if (results.some(({ status }) => status !== 'added')) throw new Error('a job was not added')
  }
  await scheduler.stop()
}

/** The first calls of scripts load them. */
async function warmUp(stage: Stage): Promise<void> {
  await pushAll(stage, 1)
}

function bulk(name: string, more: (stage: Stage) => Partial<JobEntry>): CostScenario {
  return {
    name,
    per: 'job',
    async run(stage) {
      await warmUp(stage)
      const work = await stage.workOf(() => pushAll(stage, 5 * CHUNK, () => more(stage)))
      return costsOf(work, 5 * CHUNK)
    },
  }
}

function memory(name: string, more: (stage: Stage) => Partial<JobEntry>): CostScenario {
  return {
    name,
    per: 'job',
    async run(stage) {
      await pushAll(stage, STORED, () => more(stage))
      return { memory: Math.round((await stage.meter.memory()) / STORED) }
    },
  }
}

const singlePushes: CostScenario = {
  name: 'push, 64 unanswered at a time',
  per: 'job',
  async run(stage) {
    const jobs = 2_000
    await warmUp(stage)
    const scheduler = new Scheduler({ store: stage.store, runtime: stage.clock })
    const work = await stage.workOf(async () => {
      let next = 0
      const push = async (): Promise<void> => {
        while (next < jobs) await scheduler.push(NAME, benchJob(next++).payload)
      }
      await Promise.all(Array.from({ length: 64 }, push))
    })
    return costsOf(work, jobs)
  },
}

const inADay = ({ clock }: Stage): Partial<JobEntry> => ({ executeAt: new Date(clock.now() + DAY_MS) })

/** What it costs to hand jobs over, and to keep them. */
export const pushCosts: readonly CostScenario[] = [
  singlePushes,
  bulk('pushMany of 1,000', () => ({})),
  bulk('pushMany of 1,000, due in a day', inADay),
  bulk('pushMany of 1,000, in one group', () => ({ group: { key: 'ada' } })),
  memory('20,000 jobs that wait', () => ({})),
  memory('20,000 jobs due in a day', inADay),
]
