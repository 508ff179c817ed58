import { fault, type Fault, type Sound } from './fault.js'
import type { AuditPage, Store } from '@goscheds/core'

function auditing({ store }: Sound, change: (page: AuditPage) => AuditPage): Partial<Store> {
  return { audit: async (input) => change(await store.audit(input)) }
}

const KINDS = 'lost-job two-places orphan lease-without-job unlisted-name wrong-count unreadable leftover'
const everyFind = KINDS.split(' ')
  .map((kind) => `audit/finds-${kind}`)
  .join(' ')

/** Stores whose audit does not see, sees too much, or does harm. */
export const auditFaults: readonly Fault[] = [
  fault('confirms no damage', everyFind, (sound) => auditing(sound, (page) => ({ ...page, findings: [] }))),
  fault('calls every damage the same', 'audit/finds-lost-job audit/finds-leftover', (sound) =>
    auditing(sound, (page) => ({ ...page, findings: page.findings.map((found) => ({ ...found, kind: 'orphan' })) })),
  ),
  fault('does not say which job is damaged', 'audit/finds-lost-job audit/finds-two-places', (sound) =>
    auditing(sound, (page) => ({
      ...page,
      findings: page.findings.map(({ kind, key, message }) => ({ kind, key, message })),
    })),
  ),
  fault('audits the first page only', 'audit/bounded audit/finds-wrong-count', (sound) =>
    auditing(sound, (page) => ({ ...page, cursor: null })),
  ),
  fault('audits everything in one look', 'audit/bounded', ({ store }) => ({
    audit: (input) => store.audit({ ...input, limit: 1_000_000 }),
  })),
  fault(
    'confirms every suspect without a second look',
    'audit/moving-jobs audit/second-look audit/clean',
    ({ store }) => ({
      async audit(input) {
        const page = await store.audit(input)
        const key = 'a job that has moved'
        const findings = (input.suspects ?? []).map((suspect) => ({ ...suspect, message: 'it looked wrong' }))
        return { ...page, suspects: [...page.suspects, { kind: 'orphan', key }], findings }
      },
    }),
  ),
  fault('suspects something in an empty store', 'audit/empty', (sound) =>
    auditing(sound, (page) => ({ ...page, suspects: [...page.suspects, { kind: 'orphan', key: 'nothing' }] })),
  ),
  fault('repairs what it audits', 'audit/read-only', ({ store }) => ({
    async audit(input) {
      await store.reap({ limit: 10, maxRecoveries: 3 })
      return store.audit(input)
    },
  })),
]
