import type { JobEntry } from '@goscheds/core'
import type { SeededRandom } from '../clock/seeded-random.js'
import type { Settings } from './settings.js'

/** What the handler of a job does, as its args say. `ms`: for how long it works before. */
export type Act =
  | {
      readonly act: 'succeed' | 'fail' | 'fail for good' | 'throw a text' | 'give up on its signal'
      readonly ms: number
    }
  | { readonly act: 'fail at first'; readonly ms: number; readonly failures: number }
  /** Takes no notice of its signal and does not end. */
  | { readonly act: 'never end' }
  /** Keeps the one thread of its process. */
  | { readonly act: 'hold the CPU'; readonly ms: number }
  /** Ends its process, each time it runs. */
  | { readonly act: 'kill the process'; readonly ms: number }

/** A job that a producer pushes. */
export interface JobPlan {
  readonly id: string
  readonly name: string
  readonly args: Act
  readonly options: Omit<JobEntry, 'name' | 'args' | 'definition'>
}

const DAY_MS = 86_400_000

export function drawJob(random: SeededRandom, settings: Settings, id: string, now: number): JobPlan {
  const args = drawAct(random, settings)
  const timeoutMs = args.act === 'never end' || random.chance(0.15) ? random.int(200, 5_000) : undefined
  return {
    id,
    name: random.pick(settings.names) ?? 'email',
    args,
    options: {
      ...(random.chance(0.4) && drawDueTime(random, settings, now)),
      maxAttempts: random.int(1, 4),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(random.chance(0.6) && { backoff: drawBackoff(random) }),
      ...(random.chance(0.5) && { retain: drawRetention(random) }),
    },
  }
}

/** Nothing keeps its record from being there in the end: it must be dead by then, and the reason be seen. */
export function drawKiller(random: SeededRandom, settings: Settings, id: string): JobPlan {
  const args = { act: 'kill the process', ms: random.chance(0.5) ? 0 : random.int(0, 3_000) } as const
  return { id, name: random.pick(settings.names) ?? 'email', args, options: { maxAttempts: random.int(1, 4) } }
}

function drawAct(random: SeededRandom, { leaseMs }: Settings): Act {
  const ms = random.chance(0.5)
    ? 0
    : random.chance(0.8)
      ? random.int(1, 800)
      : random.int(1, Math.min(leaseMs * 3, 20_000))
  const draw = random.next()
  if (draw < 0.45) return { act: 'succeed', ms }
  if (draw < 0.6) return { act: 'fail at first', ms, failures: random.int(1, 3) }
  if (draw < 0.68) return { act: 'fail', ms }
  if (draw < 0.73) return { act: 'fail for good', ms }
  if (draw < 0.76) return { act: 'throw a text', ms }
  if (draw < 0.88) return { act: 'give up on its signal', ms: ms * 2 }
  if (draw < 0.93) return { act: 'never end' }
  return { act: 'hold the CPU', ms: random.int(1, Math.min(leaseMs * 1.5, 15_000)) }
}

function drawDueTime(
  random: SeededRandom,
  { chaosMs }: Settings,
  now: number,
): { executeAt: Date } | { delayMs: number } {
  if (random.chance(0.08)) return { executeAt: new Date(now + DAY_MS) }
  if (random.chance(0.4)) return { delayMs: random.int(0, chaosMs / 2) }
  return { executeAt: new Date(Math.floor(now + random.between(-10_000, chaosMs / 2))) }
}

function drawBackoff(random: SeededRandom): NonNullable<JobEntry['backoff']> {
  const delayMs = random.int(0, 3_000)
  return random.chance(0.5) ? { type: 'fixed', delayMs } : { type: 'exponential', delayMs, capMs: 10_000 }
}

function drawRetention(random: SeededRandom): { completedMs: number; deadMs: number } {
  const spans = [0, 1_000, 30_000, DAY_MS] as const
  return { completedMs: random.pick(spans), deadMs: random.pick(spans) }
}
