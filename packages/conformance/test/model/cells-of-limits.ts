/** What comes of limits, holds and groups. */
export const cellsOfLimits: readonly string[] = [
  ...['none', 'concurrency', 'rate', 'concurrency, rate', 'perGroup', 'concurrency, perGroup', 'perGroup, rate'].map(
    (parts) => `setLimits |  → ${parts}`,
  ),
  ...['of a group', 'with a weight'].map((what) => `enqueue |  → ${what}`),
  ...['hold', 'concurrency', 'concurrency, some', 'rate', 'rate, some'].map((held) => `claim, held |  → ${held}`),
  ...['hold', 'rate', 'groups', 'a fraction'].map((what) => `claim, for a time |  → ${what}`),
  ...['groups and others', 'several groups', 'a second round'].map((what) => `claim |  → ${what}`),
  ...['left in an ordered group', 'left in a group'].map((what) => `claim | ready → ${what}`),
  ...['ready', 'scheduled', 'absent', 'dead'].map((to) => `settle, ordered | active → ${to}`),
  'ordered | active → parked',
  'reap, ordered | active → ready',
  'promote, ordered | scheduled → ready',
  ...['cancel', 'remove'].map((method) => `${method}, ordered | scheduled → over`),
  'reschedule, ordered | scheduled → ready',
  ...['groups', 'many groups', 'all set aside', 'limits'].map((what) => `counts |  → ${what}`),
  ...['groups behind others', 'several groups'].map((what) => `list | ready → ${what}`),
]
