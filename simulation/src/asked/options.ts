import type { JobEntry, UniqueOptions } from '@goscheds/core'
import type { SeededRandom } from '../clock/seeded-random.js'
import type { Settings } from '../world/settings.js'
import { drawGroup } from './limits.js'

type Asked = Pick<JobEntry, 'priority' | 'expiresAt' | 'unique' | 'group'>

/** All jobs of a key hold it alike, but for those of `mixed` (no time to live) and `any`. */
const KEYS = ['finished', 'started', 'ttl', 'mixed', 'any'] as const

export type KeyKind = (typeof KEYS)[number]

/** The keys of a seed: few, so that jobs meet. */
export function drawKeys(random: SeededRandom): readonly KeyKind[] {
  const most = random.int(1, 3)
  return KEYS.map((key) => ({ key, draw: random.next() }))
    .sort((a, b) => a.draw - b.draw)
    .slice(0, most)
    .map(({ key }) => key)
}

/** What a job asks for beyond being run; `dueAt`: when it is due, by the store's clock. */
export function drawAsked(random: SeededRandom, { features, keys, groups }: Settings, dueAt: number): Asked {
  const asked: Asked = {
    ...(features.has('priorities') && random.chance(0.6) && { priority: random.pick([-1_000, -5, 0, 3, 3, 1_000]) }),
    ...(features.has('expiry') &&
      random.chance(0.3) && { expiresAt: new Date(Math.floor(dueAt + random.between(2, 15_000))) }),
    ...(features.has('unique keys') && random.chance(0.7) && { unique: drawUnique(random, keys) }),
  }
  // The two do not go together.
  const hasGroup = features.has('groups') && asked.priority === undefined && random.chance(0.75)
  return hasGroup ? { ...asked, group: drawGroup(random, groups) } : asked
}

function drawUnique(random: SeededRandom, keys: readonly KeyKind[]): UniqueOptions {
  const key = random.pick(keys) ?? 'finished'
  const ttlMs = random.int(50, 20_000)
  const untils = { finished: ['finished'], started: ['started'], ttl: [{ ttlMs }] } as const
  const mixed = ['finished', 'started'] as const
  const until =
    key === 'mixed'
      ? random.pick(mixed)
      : key === 'any'
        ? random.pick([...mixed, { ttlMs }])
        : random.pick<'finished' | 'started' | { ttlMs: number }>([...untils[key]])
  const conflicts = ['ignore', 'replace', 'reschedule'] as const
  const onConflict = random.pick(
    until === 'finished' ? ([...conflicts, 'runAgain', 'runAgain', 'runAgain'] as const) : conflicts,
  )
  return { key, ...(until !== undefined && { until }), ...(random.chance(0.9) && { onConflict }) }
}
