import { Scheduler, type ServiceOptions } from '@goscheds/core'
import { benchJob } from '../payload.js'
import { type CostScenario, costsOf } from './cost-scenario.js'
import { Crew, NAME } from './crew.js'
import { pushAll } from './push-costs.js'
import type { Stage } from './stage.js'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000

async function aStartedScheduler(stage: Stage): Promise<Scheduler> {
  const options: ServiceOptions = { store: stage.store, runtime: stage.clock }
  const scheduler = new Scheduler(options).on('error', (error) => stage.fail(error))
  scheduler.start()
  await stage.quiet()
  return scheduler
}

const idle: CostScenario = {
  name: 'a scheduler and a worker without work, for a minute',
  per: 'second',
  async run(stage) {
    const scheduler = await aStartedScheduler(stage)
    const crew = new Crew(stage)
    await crew.start()
    await stage.advance(MINUTE_MS)
    const work = await stage.workOf(() => stage.advance(MINUTE_MS))
    await crew.finish(0)
    await scheduler.stop()
    return costsOf(work, MINUTE_MS / SECOND_MS)
  },
}

const promotion: CostScenario = {
  name: '5,000 jobs that come due at one instant',
  per: 'job',
  async run(stage) {
    const jobs = 5_000
    const executeAt = new Date(stage.clock.now() + SECOND_MS)
    await pushAll(stage, jobs, () => ({ executeAt }))
    const scheduler = await aStartedScheduler(stage)
    const work = await stage.workOf(() => stage.advance(SECOND_MS))
    await scheduler.stop()
    const [counts] = await stage.store.counts({ names: [NAME] })
    if (counts?.ready !== jobs) throw new Error(`${String(counts?.ready)} of ${String(jobs)} jobs were promoted`)
    return costsOf(work, jobs)
  },
}

const recurring: CostScenario = {
  name: 'a schedule that fires every second, and a worker that runs each',
  per: 'fire',
  async run(stage) {
    const [warmUp, fires] = [2, 30]
    let fired = 0
    const keeper = new Scheduler({ store: stage.store, runtime: stage.clock })
    await keeper.schedules.put({ id: 'nightly', name: NAME, args: benchJob(0).payload, everyMs: SECOND_MS })
    await keeper.stop()
    const scheduler = (await aStartedScheduler(stage)).on('fired', () => fired++)
    const crew = new Crew(stage)
    await crew.start()
    await crew.open()
    await stage.advance(warmUp * SECOND_MS)
    const work = await stage.workOf(() => stage.advance(fires * SECOND_MS))
    if (fired !== warmUp + fires || crew.settled !== fired)
      throw new Error(`${String(fired)} fires, ${String(crew.settled)} runs`)
    await crew.finish(fired)
    await scheduler.stop()
    return costsOf(work, fires)
  },
}

/** What it costs to keep time, with work and without. */
export const timeCosts: readonly CostScenario[] = [promotion, recurring, idle]
