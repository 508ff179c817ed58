import type { GroupOptions, NameLimitsOptions, RateLimitOptions } from '@goscheds/core'
import type { SeededRandom } from '../clock/seeded-random.js'
import type { Settings } from '../world/settings.js'

/** The groups of a seed: few, so that jobs meet. */
export function drawGroups(random: SeededRandom): readonly GroupOptions[] {
  const most = random.pick([1, 2, 2, 4])
  return ['ada', 'bob', 'cleo', 'dan'].slice(0, most).map((key) => {
    return random.chance(0.5) ? { key } : { key, weight: random.pick([0.5, 1, 2, 3.5]) }
  })
}

/** The group of a job: mostly with the weight that its group has. */
export function drawGroup(random: SeededRandom, groups: readonly GroupOptions[]): GroupOptions {
  const group = random.pick(groups) ?? { key: 'ada' }
  return random.chance(0.9) ? group : { ...group, weight: random.pick([0.5, 2]) }
}

/** What an operator sets for a name: small limits, so that they are reached, or none. */
export function drawLimits(random: SeededRandom, { features }: Settings): NameLimitsOptions | null {
  if (random.chance(0.2)) return null
  const limits: NameLimitsOptions = {
    ...(random.chance(0.5) && { concurrency: random.int(1, 3) }),
    ...(random.chance(0.35) && { rate: drawRate(random) }),
    ...(features.has('groups') && random.chance(0.8) && { perGroup: drawPerGroup(random) }),
  }
  return Object.keys(limits).length > 0 ? limits : { concurrency: 1 }
}

function drawPerGroup(random: SeededRandom): NonNullable<NameLimitsOptions['perGroup']> {
  if (random.chance(0.5))
    return { concurrency: 1, ordered: true, ...(random.chance(0.2) && { rate: drawRate(random) }) }
  const concurrency = { concurrency: random.int(1, 2) }
  return random.chance(0.6) ? concurrency : { rate: drawRate(random), ...(random.chance(0.5) && concurrency) }
}

function drawRate(random: SeededRandom): RateLimitOptions {
  const burst = random.int(1, 3)
  return { limit: random.int(1, 5), perMs: random.pick([500, 1_000, 3_000]), ...(random.chance(0.7) && { burst }) }
}
