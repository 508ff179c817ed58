import type { JobGroup, NameCounts, Store, StoredJob } from '@goscheds/core'
import { all, claiming, fault, type Fault, showing, type Sound } from './fault.js'
import { hasGroup } from './inside-groups.js'

/** `counts` that tells something else. */
function counting({ store }: Sound, change: (counts: NameCounts) => NameCounts | Promise<NameCounts>): Partial<Store> {
  return {
    async counts(input) {
      const all: NameCounts[] = []
      for (const counts of await store.counts(input)) all.push(await change(counts))
      return all
    },
  }
}

/** `list` that shows the ready jobs in another order, or others. */
function listing({ store }: Sound, change: (jobs: readonly StoredJob[]) => readonly StoredJob[]): Partial<Store> {
  return {
    async list(input) {
      if (input.state !== 'ready') return store.list(input)
      const jobs = change((await store.list({ ...input, limit: 10_000, cursor: null })).jobs)
      const from = Number(input.cursor ?? 0)
      const to = from + input.limit
      return { jobs: jobs.slice(from, to), cursor: to < jobs.length ? `${to}` : null }
    },
  }
}

/** `get`, `list` and `claim` that show another group. */
function showingGroup(sound: Sound, change: (group: JobGroup) => JobGroup | undefined): Partial<Store> {
  const show = <T extends { readonly group?: JobGroup }>({ group, ...job }: T): T => {
    const shown = group && change(group)
    return { ...job, ...(shown !== undefined && { group: shown }) } as T
  }
  return { ...showing(sound, show), ...claiming(sound, show), ...listing(sound, (jobs) => jobs.map(show)) }
}

/** Stores that show, count or list groups wrongly. */
export const groupsShownFaults: readonly Fault[] = [
  fault(
    'goes on counting a group whose jobs were taken out',
    'groups/after-cancel groups/after-remove groups/after-reschedule',
    (sound) => {
      const gone = new Set<string>()
      const note = async (ids: readonly string[]): Promise<void> => {
        for (const job of await sound.store.get({ ids })) if (job?.group !== undefined) gone.add(job.group.key)
      }
      return {
        cancel: async (input) => (await note(input.ids), sound.store.cancel(input)),
        remove: async (input) => (await note(input.ids), sound.store.remove(input)),
        reschedule: async (input) => (await note(input.entries.map(({ id }) => id)), sound.store.reschedule(input)),
        ...counting(sound, async (counts) => {
          const ready = await sound.store.list({ name: counts.name, state: 'ready', limit: 10_000 })
          const keys = new Set([...gone, ...ready.jobs.flatMap(({ group }) => group?.key ?? [])])
          return { ...counts, groups: keys.size }
        }),
      }
    },
  ),
  fault('hands out jobs without their groups', 'groups/shown', (sound) =>
    claiming(sound, ({ group: _group, ...job }) => job),
  ),
  fault('lists jobs without their groups', 'groups/shown groups/listed', (sound) =>
    listing(sound, (jobs) => jobs.map(({ group: _group, ...job }) => job)),
  ),
  fault('forgets the group of a job that has ended', 'groups/shown', (sound) =>
    showing(sound, ({ group, ...job }) => (group === undefined || job.state === 'dead' ? job : { ...job, group })),
  ),
  fault('shows a weight that nobody gave', 'groups/shown', (sound) =>
    showingGroup(sound, (group) => ({ weight: 1, ...group })),
  ),
  fault('shows no weight of 1', 'groups/shown', (sound) =>
    showingGroup(sound, ({ key, weight = 1 }) => (weight === 1 ? { key } : { key, weight })),
  ),
  fault('shows weights in hundredths', 'groups/shown', (sound) =>
    showingGroup(sound, ({ key, weight }) => ({
      key,
      ...(weight !== undefined && { weight: Math.round(weight * 100) / 100 }),
    })),
  ),
  fault('shows keys without their quotes', 'groups/shown', (sound) =>
    showingGroup(sound, (group) => ({ ...group, key: group.key.replaceAll('"', '') })),
  ),
  fault('shows a group of jobs that have none', 'groups/shown', (sound) =>
    showing(sound, (job) => ({ group: { key: '' }, ...job })),
  ),

  fault('counts the jobs of groups as groups', 'groups/counted groups/after-cancel', (sound) =>
    counting(sound, (counts) => ({
      ...counts,
      groups: sound.state.names.get(counts.name)?.groups?.size ?? 0,
    })),
  ),
  fault('counts groups of jobs that are not ready', 'groups/counted', (sound) =>
    counting(sound, async (counts) => {
      const jobs = [...(await all(sound.store, 'scheduled')), ...(await all(sound.store, 'ready'))]
      return { ...counts, groups: new Set(jobs.flatMap(({ group }) => group?.key ?? [])).size }
    }),
  ),
  fault('counts the jobs without a group only', 'groups/counted', (sound) =>
    counting(sound, (counts) => ({ ...counts, ready: sound.state.names.get(counts.name)?.ready.size ?? 0 })),
  ),
  fault('counts the jobs without a group as one more', 'groups/counted', (sound) =>
    counting(sound, (counts) => {
      const size = sound.state.names.get(counts.name)?.ready.size ?? 0
      return { ...counts, groups: counts.groups + Math.min(1, size) }
    }),
  ),
  fault('tells no wait of a job of a group', 'groups/oldest', (sound) =>
    counting(sound, (counts) => {
      const ages = (sound.state.names.get(counts.name)?.ready.heads() ?? []).map(
        (job) => sound.clock.now() - job.executeAt,
      )
      return { ...counts, oldestReadyMs: ages.length === 0 ? null : Math.max(...ages) }
    }),
  ),
  fault('tells the longest wait of all groups', 'groups/oldest groups/counted-set-aside', (sound) =>
    counting(sound, async (counts) => {
      const { jobs } = await sound.store.list({ name: counts.name, state: 'ready', limit: 10_000 })
      const ages = jobs.map(({ executeAt }) => sound.clock.now() - executeAt)
      return { ...counts, oldestReadyMs: ages.length === 0 ? null : Math.max(...ages) }
    }),
  ),
  fault('tells the wait of a group whether or not others wait longer', 'groups/oldest', (sound) =>
    counting(sound, (counts) => {
      const head = sound.state.names.get(counts.name)?.groups?.first?.ready.head?.value
      return head === undefined ? counts : { ...counts, oldestReadyMs: sound.clock.now() - head.executeAt }
    }),
  ),

  fault('lists jobs of groups before the others', 'groups/listed groups/listed-set-aside', (sound) =>
    listing(sound, (jobs) => [...jobs.filter(hasGroup), ...jobs.filter((job) => !hasGroup(job))]),
  ),
  fault('lists groups by their keys', 'groups/listed groups/listed-set-aside groups/listed-by-time', (sound) =>
    listing(sound, (jobs) =>
      jobs.toSorted((a, b) =>
        (a.group?.key ?? '') < (b.group?.key ?? '') ? -1 : a.group?.key === b.group?.key ? 0 : 1,
      ),
    ),
  ),
  fault('lists jobs of groups in the order in which they came', 'groups/listed', (sound) =>
    listing(sound, (jobs) => [
      ...jobs.filter((job) => !hasGroup(job)),
      ...jobs.filter(hasGroup).toSorted((a, b) => a.generation - b.generation),
    ]),
  ),
  fault('lists no jobs of groups', 'groups/listed groups/after-cancel', (sound) =>
    listing(sound, (jobs) => jobs.filter((job) => !hasGroup(job))),
  ),
  fault('lists the jobs of a group with the last first', 'groups/listed-fifo', (sound) =>
    listing(sound, (jobs) => {
      const keys = [...new Set(jobs.map(({ group }) => group?.key))]
      return keys.flatMap((key) => jobs.filter(({ group }) => group?.key === key).toReversed())
    }),
  ),
  fault('begins each page of a list with a group', 'groups/listed', ({ store }) => ({
    async list(input) {
      const page = await store.list(input)
      const next =
        input.state === 'ready' && page.cursor !== null
          ? await store.list({ ...input, cursor: page.cursor, limit: 1 })
          : null
      const isSame = next?.jobs[0]?.group?.key === page.jobs.at(-1)?.group?.key
      return isSame && next !== null ? { jobs: page.jobs, cursor: next.cursor } : page
    },
  })),
]
