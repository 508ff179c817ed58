import { type JobEntry, Scheduler } from '@goscheds/core'
import { benchJob } from '../payload.js'
import { type CostScenario, costsOf } from './cost-scenario.js'
import { Crew, NAME } from './crew.js'
import { pushAll } from './push-costs.js'

interface DrainOptions {
  readonly name: string
  readonly concurrency: number
  /** How often all handlers are released. */
  readonly rounds: number
  readonly more?: (n: number) => Partial<JobEntry>
}

/**
 * A worker in the middle of a deep queue: its handlers end together, so how full its claims and settlements are depends on
 * nothing else. The first round is not counted: it loads scripts.
 */
function drain({ name, concurrency, rounds, more }: DrainOptions): CostScenario {
  return {
    name,
    per: 'job',
    async run(stage) {
      const jobs = (rounds + 2) * concurrency
      await pushAll(stage, jobs, more)
      const crew = new Crew(stage, { concurrency })
      await crew.start()
      await crew.rounds(1)
      const work = await stage.workOf(() => crew.rounds(rounds))
      expectSettled(crew, (rounds + 1) * concurrency)
      await crew.finish(jobs)
      return costsOf(work, rounds * concurrency)
    },
  }
}

// With a stack that does not tell where this checkout lies.
const firstFailure = Object.assign(new Error('the first attempt fails'), { stack: 'Error: the first attempt fails' })

const retry: CostScenario = {
  name: 'drain at concurrency 100, each job fails once',
  per: 'job',
  async run(stage) {
    const [concurrency, jobs] = [100, 1_000]
    // Those that run and those that have failed once already stand at both ends of what is counted.
    await pushAll(stage, jobs + 2 * concurrency)
    const crew = new Crew(stage, { concurrency }, async ({ attempt }) => {
      if (attempt === 1) throw firstFailure
    })
    await crew.start()
    await crew.rounds(1)
    const work = await stage.workOf(() => crew.rounds((2 * jobs) / concurrency))
    expectSettled(crew, 2 * jobs + concurrency)
    await crew.finish(jobs + 2 * concurrency)
    return costsOf(work, jobs)
  },
}

const idleRuns: CostScenario = {
  name: 'push to an idle worker, one by one',
  per: 'job',
  async run(stage) {
    const [warmUp, jobs] = [2, 100]
    const scheduler = new Scheduler({ store: stage.store, runtime: stage.clock })
    const crew = new Crew(stage)
    await crew.start()
    await crew.open()
    const push = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n++) {
        await scheduler.push(NAME, benchJob(n).payload)
        await stage.quiet()
      }
    }
    await push(0, warmUp)
    const work = await stage.workOf(() => push(warmUp, warmUp + jobs))
    await crew.finish(warmUp + jobs)
    return costsOf(work, jobs)
  },
}

function expectSettled(crew: Crew, attempts: number): void {
  if (crew.settled === attempts) return
  throw new Error(`${String(crew.settled)} attempts were settled, and it should be ${String(attempts)}`)
}

/** What it costs to run jobs. */
export const runCosts: readonly CostScenario[] = [
  idleRuns,
  drain({ name: 'drain at concurrency 10', concurrency: 10, rounds: 100 }),
  drain({ name: 'drain at concurrency 100', concurrency: 100, rounds: 20 }),
  drain({ name: 'drain at concurrency 500', concurrency: 500, rounds: 10 }),
  drain({
    name: 'drain at concurrency 100, ten groups',
    ...{ concurrency: 100, rounds: 20, more: (n) => ({ group: { key: `group-${String(n % 10)}` } }) },
  }),
  retry,
]
