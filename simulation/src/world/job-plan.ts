import type { JobEntry } from '@goscheds/core'
import { drawAsked } from '../asked/options.js'
import type { StepByStep } from '../asked/step-by-step.js'
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
  /** Two times. */
  | { readonly act: 'snooze'; readonly ms: number; readonly snoozeMs: number }
  /** Two times its name is held. */
  | { readonly act: 'be rate limited'; readonly ms: number; readonly holdMs: number }
  | StepByStep

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
  const due = random.chance(0.4) ? drawDueTime(random, settings, now) : undefined
  return {
    id,
    name: random.pick(settings.names) ?? 'email',
    args,
    options: {
      ...due,
      ...drawAsked(random, settings, Math.max(now, dueAt(due, now))),
      maxAttempts: random.int(1, 4),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(random.chance(0.6) && { backoff: drawBackoff(random) }),
      ...(random.chance(0.5) && { retain: drawRetention(random, settings) }),
    },
  }
}

/** Nothing keeps its record from being there in the end: it must be dead by then, and the reason be seen. */
export function drawKiller(random: SeededRandom, settings: Settings, id: string): JobPlan {
  const args = { act: 'kill the process', ms: random.chance(0.5) ? 0 : random.int(0, 3_000) } as const
  return { id, name: random.pick(settings.names) ?? 'email', args, options: { maxAttempts: random.int(1, 4) } }
}

function drawAct(random: SeededRandom, settings: Settings): Act {
  const { features, leaseMs } = settings
  if (features.has('reports') && random.chance(0.6)) return drawSteps(random, settings)
  if (features.has('snoozes') && random.chance(0.15)) {
    return { act: 'snooze', ms: random.int(0, 300), snoozeMs: random.pick([0, random.int(1, 5_000)]) }
  }
  if (features.has('rate limited') && random.chance(0.2)) {
    return {
      act: 'be rate limited',
      ms: random.int(0, 300),
      holdMs: random.pick([0, random.int(1, 500), random.int(1, 3_000)]),
    }
  }
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

function drawSteps(random: SeededRandom, { leaseMs }: Settings): StepByStep {
  const steps = random.int(1, 5)
  return {
    ...{ act: 'go step by step', steps, as: random.chance(0.5) ? 'function' : 'generator' },
    ms: random.pick([0, random.int(1, 300), random.int(1, Math.min(leaseMs, 3_000))]),
    crashAt: random.chance(0.15) ? random.int(1, steps) : undefined,
    isHeedless: random.chance(0.2),
  }
}

type Due = { readonly executeAt: Date } | { readonly delayMs: number }

function dueAt(due: Due | undefined, now: number): number {
  if (due === undefined) return now
  return 'executeAt' in due ? due.executeAt.getTime() : now + due.delayMs
}

function drawDueTime(random: SeededRandom, { chaosMs }: Settings, now: number): Due {
  if (random.chance(0.08)) return { executeAt: new Date(now + DAY_MS) }
  if (random.chance(0.4)) return { delayMs: random.int(0, chaosMs / 2) }
  return { executeAt: new Date(Math.floor(now + random.between(-10_000, chaosMs / 2))) }
}

function drawBackoff(random: SeededRandom): NonNullable<JobEntry['backoff']> {
  const delayMs = random.int(0, 3_000)
  return random.chance(0.5) ? { type: 'fixed', delayMs } : { type: 'exponential', delayMs, capMs: 10_000 }
}

function drawRetention(random: SeededRandom, { features, killers }: Settings): NonNullable<JobEntry['retain']> {
  const spans = [0, 1_000, 30_000, DAY_MS] as const
  const isCounted = features.has('kept counts') && killers === 0 && random.chance(0.5)
  return {
    completedMs: random.pick(spans),
    deadMs: random.pick(spans),
    ...(isCounted && { maxCount: random.int(1, 4) }),
  }
}
