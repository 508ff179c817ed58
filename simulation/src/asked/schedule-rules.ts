import { overlaps, type ScheduleInput, type ScheduleTiming } from '@goscheds/core'
import type { SeededRandom } from '../clock/seeded-random.js'
import type { Act } from '../world/job-plan.js'
import type { Settings } from '../world/settings.js'
import { drawGroup } from './limits.js'

/** An expression, and at which seconds of a minute it fires. */
type Cron = readonly [expression: string, isTime: (second: number) => boolean]

const CRONS: readonly [Cron, ...Cron[]] = [
  ['*/2 * * * * *', (second) => second % 2 === 0],
  ['*/5 * * * * *', (second) => second % 5 === 0],
  ['7,8,9,40-42 * * * * *', (second) => [7, 8, 9, 40, 41, 42].includes(second)],
]

/** The ids of the schedules of a seed. */
export function drawScheduleIds(random: SeededRandom): readonly string[] {
  return Array.from({ length: random.int(1, 3) }, (_, index) => `tick${index}`)
}

/** A schedule that fires every few seconds. */
export function drawSchedule(random: SeededRandom, settings: Settings, id: string, now: number): ScheduleInput<Act> {
  const everyMs = random.int(800, 6_000)
  const cron = random.pick(CRONS)[0]
  const interval = { everyMs, phaseMs: random.int(0, everyMs - 1) }
  const catchUp = random.pick(['each', 'latest', 'skip'] as const)
  const timing: ScheduleTiming = random.chance(0.6)
    ? interval
    : { cron, timeZone: random.pick(['UTC', 'Asia/Kathmandu']) }
  return {
    ...{
      id,
      name: random.pick(settings.names) ?? 'email',
      args: drawAct(random),
      overlap: random.pick(overlaps),
      catchUp,
    },
    ...timing,
    ...(catchUp !== 'skip' && random.chance(0.7) && { catchUpWindowMs: random.int(0, 10_000) }),
    ...(random.chance(0.3) && { jitterMs: random.int(1, 700) }),
    ...(random.chance(0.2) && { maxRuns: random.int(1, 8) }),
    ...(random.chance(0.2) && { pauseOnDead: true }),
    ...(random.chance(0.2) && { endAt: new Date(Math.floor(now) + random.int(2_000, 40_000)) }),
    ...(settings.features.has('groups') && random.chance(0.5) && { group: drawGroup(random, settings.groups) }),
    maxAttempts: random.int(1, 3),
    backoff: { type: 'fixed', delayMs: random.int(0, 2_000) },
    retain: { completedMs: random.pick([0, 0, 30_000]), deadMs: random.pick([30_000, 86_400_000]) },
  }
}

/** Whether a rule fires at this time. */
export function isTimeOf({ everyMs, phaseMs = 0, cron }: ScheduleTiming, at: number): boolean {
  if (everyMs !== undefined) return (at - phaseMs) % everyMs === 0
  const isSecond = CRONS.find(([expression]) => expression === cron)?.[1]
  return at % 1_000 === 0 && isSecond?.(Math.floor(at / 1_000) % 60) === true
}

function drawAct(random: SeededRandom): Act {
  const ms = random.pick([0, random.int(1, 800), random.int(1, 8_000)])
  const draw = random.next()
  if (draw < 0.6) return { act: 'succeed', ms }
  if (draw < 0.75) return { act: 'fail at first', ms, failures: 1 }
  if (draw < 0.85) return { act: 'fail', ms }
  return { act: 'give up on its signal', ms }
}
