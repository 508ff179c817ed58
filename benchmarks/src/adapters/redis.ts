import type { Adapter } from './adapter.js'

/** goscheds on its Redis store. */
export const redis: Adapter = {
  name: 'redis',
  label: 'goscheds, Redis',
  isPeer: false,
  keepsJobsIn: 'redis',
  bestConcurrency: 500,
  async open(environment) {
    const { url, namespace } = environment
    const { RedisStore } = await import('@goscheds/redis')
    const { goschedsSubject } = await import('./goscheds-subject.js')
    return goschedsSubject(new RedisStore({ connection: url, namespace }), environment)
  },
}
