import type { SeededRandom } from '../clock/seeded-random.js'

/** What jobs, handlers, producers and operators may ask for beyond plain work. */
const FEATURES = [
  'unique keys',
  'priorities',
  'expiry',
  'kept counts',
  'reports',
  'snoozes',
  'backoff functions',
  'pauses',
  'results',
  'groups',
  'limits',
  'rate limited',
  'schedules',
] as const

export type Feature = (typeof FEATURES)[number]

/** A fifth of the seeds ask for nothing, so that what plain jobs show is not thinned out; the others for some of it. */
export function drawFeatures(random: SeededRandom): ReadonlySet<Feature> {
  const isPlain = random.chance(0.2)
  return new Set(FEATURES.filter(() => random.chance(0.5) && !isPlain))
}
