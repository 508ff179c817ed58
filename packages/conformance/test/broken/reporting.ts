import type { ReportEntry, Store } from '@goscheds/core'
import { fault, type Fault, showing, type Sound } from './fault.js'
import { lose } from './keeping-reports.js'

/** `report` that keeps other entries than those it is given. */
function reporting({ store }: Sound, change: (entry: ReportEntry) => ReportEntry): Partial<Store> {
  return { report: ({ entries }) => store.report({ entries: entries.map(change) }) }
}

/** Stores that take down wrongly what a job reports. */
export const reportingFaults: readonly Fault[] = [
  fault(
    'takes reports and keeps nothing',
    'report/latest report/log report/any-text report/ended report/checkpoint-among-others report/kept-by-release table/report/absent table/report/parked',
    () => ({ report: async ({ entries }) => entries.map(() => 'reported') }),
  ),
  fault('forgets what a report does not mention', 'report/latest', (sound) => ({
    async report({ entries }) {
      lose(
        sound,
        entries.map(({ lease }) => lease.id),
        ['progress', 'checkpoint'],
      )
      return sound.store.report({ entries })
    },
  })),
  fault('takes an empty text for none', 'report/latest report/any-text', (sound) =>
    reporting(sound, ({ lease, progress, checkpoint, lines = [] }) => ({
      lease,
      ...(progress && { progress }),
      ...(checkpoint && { checkpoint }),
      lines: lines.filter((line) => line !== ''),
    })),
  ),
  fault('keeps a text up to its first NUL', 'report/any-text', (sound) =>
    reporting(sound, ({ lease, progress, checkpoint, lines = [] }) => ({
      lease,
      ...(progress !== undefined && { progress: progress.replace(/\0.*/su, '') }),
      ...(checkpoint !== undefined && { checkpoint: checkpoint.replace(/\0.*/su, '') }),
      lines: lines.map((line) => line.replace(/\0.*/su, '')),
    })),
  ),
  fault('keeps the reports of a call backwards', 'report/latest report/log', ({ store }) => ({
    report: async ({ entries }) => (await store.report({ entries: entries.toReversed() })).toReversed(),
  })),
  fault('keeps the lines of the last report only', 'report/log', (sound) => ({
    async report({ entries }) {
      const logging = entries.filter(({ lines = [] }) => lines.length > 0)
      lose(
        sound,
        logging.map(({ lease }) => lease.id),
        ['log'],
      )
      return sound.store.report({ entries })
    },
  })),
  fault('keeps the first hundred lines', 'report/log', (sound) =>
    reporting(sound, (entry) => {
      const room = 100 - (sound.state.jobs.get(entry.lease.id)?.log?.length ?? 0)
      return { ...entry, lines: entry.lines?.slice(0, Math.max(0, room)) ?? [] }
    }),
  ),
  fault('keeps every line', 'report/log', ({ store, state }) => ({
    async report({ entries }) {
      const logs = entries.map(({ lease }) => state.jobs.get(lease.id)?.log ?? [])
      const outcomes = await store.report({ entries })
      for (const [index, { lease, lines = [] }] of entries.entries()) {
        const job = state.jobs.get(lease.id)
        if (job !== undefined && outcomes[index] === 'reported' && lines.length > 0)
          job.log = [...(logs[index] ?? []), ...lines]
      }
      return outcomes
    },
  })),
  fault('breaks a line into several', 'report/log report/any-text', (sound) =>
    reporting(sound, (entry) => ({ ...entry, lines: entry.lines?.flatMap((line) => line.split('\n')) ?? [] })),
  ),
  fault('shows empty texts where nothing was reported', 'report/nothing get/ready get/active', (sound) =>
    showing(sound, (job) => ({ progress: '', checkpoint: '', ...job })),
  ),
  fault('shows a log without lines', 'report/nothing get/ready', (sound) =>
    showing(sound, (job) => ({ log: [], ...job })),
  ),

  fault('keeps what a stale lease reports', 'report/lost', ({ store, state }) => ({
    async report({ entries }) {
      const current = entries.map(({ lease }) => {
        const { generation = 0, claims = 0, home } = state.jobs.get(lease.id) ?? {}
        return home?.state === 'active' ? { ...lease, fence: { generation, claim: claims } } : lease
      })
      const leases = entries.map((entry, index) => ({ ...entry, lease: current[index] ?? entry.lease }))
      return store.report({ entries: leases })
    },
  })),
  fault(
    'says `reported` whatever the lease',
    'report/lost table/report-old/active table/report/ready',
    ({ store }) => ({
      report: async (input) => (await store.report(input)).map(() => 'reported'),
    }),
  ),
  fault('keeps nothing of a call with a lost lease', 'report/lost', ({ store, state }) => ({
    async report({ entries }) {
      const isCurrent = entries.every(({ lease }) => state.jobs.get(lease.id)?.claims === lease.fence.claim)
      return isCurrent ? store.report({ entries }) : entries.map(() => 'lost')
    },
  })),
  fault('takes a lease past its deadline for lost when it reports', 'report/late', ({ store, clock }) => ({
    async report({ entries }) {
      const jobs = await store.get({ ids: entries.map(({ lease }) => lease.id) })
      if (jobs.some((job) => (job?.leaseUntil ?? Infinity) <= clock.now())) return entries.map(() => 'lost')
      return store.report({ entries })
    },
  })),
]
