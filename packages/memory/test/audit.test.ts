import type { AuditKind, AuditSuspect, NewJob, Store } from '@goscheds/core'
import { Inspector } from '@goscheds/core'
import { describe, expect, it } from 'vitest'
import { MemoryState } from '../src/memory-state.js'
import { MemoryStore } from '../src/memory-store.js'

interface Rig {
  readonly state: MemoryState
  readonly store: MemoryStore
  /** What `verify` finds: kind and id, or name where it is about no job. */
  readonly found: () => Promise<string[]>
}

function aRig(): Rig {
  const state = new MemoryState()
  const store = new MemoryStore({}, state)
  return {
    state,
    store,
    found: async () => {
      const { findings } = await new Inspector({ store }).verify({ limit: 2 })
      return findings.map(({ kind, id, name }) => `${kind} ${id ?? name}`).sort()
    },
  }
}

function aJob(id: string, overrides: Partial<NewJob> = {}): NewJob {
  return { id, name: 'email', payload: '', options: '', retention: { completedMs: 1e9, deadMs: 1e9 }, ...overrides }
}

/** One job in each state, each named after it. */
async function oneInEachState(store: Store): Promise<void> {
  await store.enqueue({ jobs: ['completed', 'dead', 'cancelled', 'active'].map((id) => aJob(id)) })
  const { jobs } = await store.claim({ name: 'email', worker: 'w', limit: 4, leaseMs: 1e6 })
  const settlements = [
    { type: 'completed', retentionMs: 1e9 },
    { type: 'dead', reason: 'attempts', error: '', retentionMs: 1e9 },
    { type: 'cancelled', retentionMs: 1e9 },
  ] as const
  const ended = settlements.flatMap((settlement, n) => {
    const lease = jobs[n]
    return lease === undefined ? [] : [{ lease, settlement }]
  })
  await store.settle({ entries: ended })
  await store.enqueue({ jobs: [aJob('scheduled', { delayMs: 1e6 }), aJob('ready')] })
}

describe('the audit of a memory store', () => {
  it('finds nothing in a sound one', async () => {
    const { store, found } = aRig()
    await oneInEachState(store)
    expect(await found()).toEqual([])
  })

  it.each(['scheduled', 'active', 'completed', 'dead', 'cancelled'] as const)(
    'finds a %s job that is not in its set, or in it without its record',
    async (place) => {
      const { state, store, found } = aRig()
      await oneInEachState(store)
      const job = state.jobs.get(place)
      const set = place === 'scheduled' ? state.scheduled : state.name('email')[place]
      state.jobs.delete(place)
      expect(await found()).toEqual([`${place === 'active' ? 'lease-without-job' : 'orphan'} ${place}`])
      if (job?.home === undefined || job.home.state === 'ready') throw new Error('it is elsewhere')
      state.jobs.set(place, job)
      set.remove(job.home.node)
      const alone = [`lost-job ${place}`]
      expect(await found()).toEqual(place === 'scheduled' ? [...alone, 'wrong-count email'] : alone)
    },
  )

  it.each(['scheduled', 'active', 'completed', 'dead', 'cancelled', 'ready'] as const)(
    'finds a job that is also in %s',
    async (place) => {
      const { state, store, found } = aRig()
      await oneInEachState(store)
      const id = place === 'dead' ? 'ready' : 'dead'
      const job = state.jobs.get(id)
      if (job === undefined) throw new Error('there is none')
      if (place === 'scheduled') {
        state.scheduled.add(1, 99, job)
        state.name('email').scheduled++
      } else if (place === 'ready') state.name('email').ready.push(job)
      else state.name('email')[place].add(1, 99, job)
      expect(await found()).toEqual([`two-places ${id}`])
    },
  )

  it('finds a ready job that is in no queue, in its queue twice, or in it without its record', async () => {
    const { state, store, found } = aRig()
    await store.enqueue({ jobs: ['a', 'b', 'c', 'd'].map((id) => aJob(id)) })
    const [a, b] = [state.jobs.get('a'), state.jobs.get('b')]
    if (a?.home?.state !== 'ready' || b === undefined) throw new Error('they are elsewhere')
    const { ready } = state.name('email')
    ready.remove(a.home.node)
    ready.push(b)
    state.jobs.delete('c')
    expect(await found()).toEqual(['lost-job a', 'orphan c', 'two-places b'])
  })

  it('finds a job without a home, a name that is not listed, and a cancel request of no use', async () => {
    const { state, store, found } = aRig()
    await store.enqueue({ jobs: [aJob('homeless'), aJob('sms', { name: 'sms' }), aJob('cancelled')] })
    const homeless = state.jobs.get('homeless')
    const cancelled = state.jobs.get('cancelled')
    if (homeless?.home?.state !== 'ready' || cancelled === undefined) throw new Error('they are elsewhere')
    state.name('email').ready.remove(homeless.home.node)
    homeless.home = undefined
    cancelled.cancelRequested = true
    state.names.delete('sms')
    expect(await found()).toEqual(['leftover cancelled', 'lost-job homeless', 'unlisted-name sms'])
  })

  it('finds a count of scheduled jobs that is wrong', async () => {
    const { state, store, found } = aRig()
    await oneInEachState(store)
    state.name('email').scheduled++
    expect(await found()).toEqual(['wrong-count email'])
  })

  it('finds what is wrong with groups: a count, a queue that is never served, one that is empty, a place for nobody', async () => {
    const { state, store, found } = aRig()
    await store.enqueue({ jobs: ['a', 'b', 'c', 'd'].map((id) => aJob(id, { group: { key: `of ${id}` } })) })
    await store.claim({ name: 'email', worker: 'w', limit: 1, leaseMs: 1e6 })
    expect(await found()).toEqual([])
    const groups = new Map([...(state.name('email').groups?.groups() ?? [])].map((group) => [group.key, group]))
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => groups.get(`of ${id}`))
    const [jobOfB, jobOfC] = [state.jobs.get('b'), state.jobs.get('c')]
    if (!a || !b || !c || !d || jobOfB === undefined || jobOfC?.home?.state !== 'ready')
      throw new Error('they are elsewhere')
    a.running = 2
    b.places.add(jobOfB)
    c.ready.remove(jobOfC.home.node)
    d.node = undefined
    const wrong = [
      'leftover email',
      'leftover email',
      'lost-job c',
      'lost-job email',
      'wrong-count email',
      'wrong-count email',
    ]
    expect(await found()).toEqual(wrong)
  })

  it('finds a ready job of a group that is in its queue twice, or in it without its record, or in none', async () => {
    const { state, store, found } = aRig()
    await store.enqueue({ jobs: ['a', 'b', 'c'].map((id) => aJob(id, { group: { key: 'g' } })) })
    const [a, b] = [state.jobs.get('a'), state.jobs.get('b')]
    if (a?.home?.state !== 'ready' || b === undefined) throw new Error('they are elsewhere')
    state.name('email').removeReady(a.home.node)
    state.name('email').pushReady(b, true)
    state.jobs.delete('c')
    expect(await found()).toEqual(['lost-job a', 'orphan c', 'two-places b'])
  })

  it('answers a second look with what is asked for and wrong now, and with nothing else', async () => {
    const { state, store } = aRig()
    await store.enqueue({ jobs: [aJob('a', { delayMs: 1e6 }), aJob('b', { delayMs: 1e6 })] })
    const [a, b] = [state.jobs.get('a'), state.jobs.get('b')]
    if (a === undefined || b === undefined) throw new Error('they are elsewhere')
    state.jobs.clear()
    const suspects: AuditSuspect[] = []
    let cursor: string | null = null
    do {
      const page = await store.audit({ limit: 1, cursor })
      suspects.push(...page.suspects)
      cursor = page.cursor
    } while (cursor !== null)
    expect(suspects.map(({ kind }): AuditKind => kind)).toEqual(['orphan', 'orphan'])
    state.jobs.set('b', b)
    const again = await store.audit({ limit: 1, suspects })
    expect(again).toMatchObject({ looked: 2, suspects: [], cursor: null })
    expect(again.findings).toMatchObject([{ kind: 'orphan', id: 'a', message: expect.any(String) as string }])
    state.jobs.set('a', a)
    expect((await store.audit({ limit: 1, suspects })).findings).toEqual([])
  })

  it('refuses a cursor of another list', async () => {
    const auditing = aRig().store.audit({ limit: 1, cursor: 'nonsense' })
    await expect(auditing).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})
