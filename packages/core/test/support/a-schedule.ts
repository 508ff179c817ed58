import { onTestFinished } from 'vitest'
import type { FiredEvent, MissedEvent, Scheduler, ScheduleInput, Schedules } from '../../src/index.js'
import { aWorld, type World } from './a-world.js'

/** Every minute, of jobs `report`; each part may be given otherwise. */
export function aSchedule(input: Partial<ScheduleInput<unknown>> = {}): ScheduleInput<unknown> {
  const isTimed = input.cron !== undefined || input.everyMs !== undefined
  return { id: 's', name: 'report', args: { n: 1 }, ...(!isTimed && { everyMs: 60_000 }), ...input }
}

/** A world with a scheduler in it that runs, and what it tells. */
export interface SchedulingWorld extends World {
  readonly main: Scheduler
  readonly fired: FiredEvent[]
  readonly missed: MissedEvent[]
  readonly errors: string[]
  /** A further scheduler, which tells the same lists. Started unless said otherwise. */
  readonly another: (start?: boolean) => Scheduler
  /** The times of the fires that were told, as `HH:MM:SS outcome`. */
  readonly log: () => readonly string[]
  /** The store at rest: no scheduler for so long. */
  readonly outage: (ms: number) => Promise<void>
}

export function aSchedulingWorld(): SchedulingWorld {
  const world = aWorld()
  const fired: FiredEvent[] = []
  const missed: MissedEvent[] = []
  const errors: string[] = []
  const running = new Set<Scheduler>()
  const another = (start = true): Scheduler => {
    const scheduler = world.scheduler()
    scheduler.on('fired', (event) => fired.push(event))
    scheduler.on('missed', (event) => missed.push(event))
    scheduler.on('error', (error) => errors.push('code' in error ? String(error.code) : error.message))
    running.add(scheduler)
    if (start) scheduler.start()
    return scheduler
  }
  onTestFinished(async () => {
    await Promise.all([...running].map((scheduler) => scheduler.stop()))
  })
  const main = another()
  return {
    ...world,
    ...{ main, fired, missed, errors, another },
    log: () => fired.map(({ fireAt, outcome }) => `${fireAt.toISOString().slice(11, 19)} ${outcome}`),
    async outage(ms) {
      await Promise.all([...running].map((scheduler) => scheduler.stop()))
      running.clear()
      await world.clock.advance(ms)
      another()
      await world.clock.advance(0)
    },
  }
}

/** `2024-01-01T…Z`, the day on which a manual clock begins. */
export function on(time: string): Date {
  return new Date(`2024-01-01T${time}Z`)
}

/** A world in which one schedule runs, whose jobs may overlap; `schedules` are those of its first scheduler. */
export async function aRunningSchedule(
  input: Partial<ScheduleInput<unknown>> = {},
): Promise<SchedulingWorld & { readonly schedules: Schedules }> {
  const world = aSchedulingWorld()
  const { schedules } = world.main
  await schedules.put(aSchedule({ overlap: 'allowAll', ...input }))
  return { ...world, schedules }
}
