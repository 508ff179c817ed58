import type { Adapter } from './adapter.js'

/** goscheds on its memory store. */
export const memory: Adapter = {
  name: 'memory',
  label: 'goscheds, memory',
  isPeer: false,
  keepsJobsIn: 'process',
  bestConcurrency: 500,
  async open(environment) {
    const { MemoryStore } = await import('@goscheds/memory')
    const { goschedsSubject } = await import('./goscheds-subject.js')
    return goschedsSubject(new MemoryStore(), environment)
  },
}
