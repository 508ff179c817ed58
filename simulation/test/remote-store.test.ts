import { describe, expect, it } from 'vitest'
import type { NewJob } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import { SeededRandom } from '../src/clock/seeded-random.js'
import { VirtualClock } from '../src/clock/virtual-clock.js'
import { claimingWhenReady } from '../src/network/claim-when-ready.js'
import type { CallFault } from '../src/network/faults.js'
import { Network } from '../src/network/network.js'
import { NotReachedError, RemoteStore } from '../src/network/remote-store.js'
import { Host } from '../src/world/host.js'

const aJob = (id: string): NewJob => {
  return { id, name: 'email', payload: '1', options: '', retention: { completedMs: 0, deadMs: 0 } }
}

/** A store behind a network on which this fault happens to every call. */
function behind(fault?: CallFault, dropHint = 0) {
  const clock = new VirtualClock(new SeededRandom(1))
  const calls = new Map<CallFault, number>(fault === undefined ? [] : [[fault, 1]])
  const profile = { latencyMs: 10, calls, dropHint, meanMs: new Map(), isSkewed: false, isDrifting: false }
  const network = new Network(clock, new SeededRandom(2), profile)
  const host = new Host('m0.0', clock, new SeededRandom(3), { skewMs: 0, drift: 0 })
  const memory = new MemoryStore({ clock: clock.asStoreClock() })
  const again: unknown[] = []
  const onAgain = (_method: string, input: unknown): void => void again.push(input)
  const remote = new RemoteStore({ host, network, random: new SeededRandom(4), store: memory, onAgain })
  const known = async (): Promise<number> => (await memory.counts({})).reduce((sum, { ready }) => sum + ready, 0)
  return { clock, network, host, memory, remote, again, known }
}

/** The same with a store that claims right away when a wait is over. */
function behindClaiming(fault?: CallFault) {
  const world = behind(fault)
  const { clock, network, host, memory } = world
  const store = claimingWhenReady(memory, () => clock.asStoreClock().now())
  const asked = new RemoteStore({ host, network, random: new SeededRandom(4), store, onAgain: () => {} })
  return { ...world, asked }
}

/** What became of a promise so far. */
function watch(promise: Promise<unknown>): { state: 'pending' | 'ok' | 'rejected'; error?: unknown } {
  const watched: ReturnType<typeof watch> = { state: 'pending' }
  promise.then(
    () => (watched.state = 'ok'),
    (error: unknown) => Object.assign(watched, { state: 'rejected', error }),
  )
  return watched
}

describe('a call through the network', () => {
  it('takes time for its way, and effect in between', async () => {
    const { clock, remote, known } = behind()
    const call = watch(remote.enqueue({ jobs: [aJob('a')] }))
    await clock.run(1)
    expect(await known()).toBe(0)
    await clock.run(100)
    expect(call.state).toBe('ok')
    expect(await known()).toBe(1)
  })

  it.each([
    ['error before the effect', 'rejected', 0],
    ['lost reply', 'rejected', 2],
    ['no answer, no effect', 'pending', 0],
    ['no answer, effect', 'pending', 2],
    ['partial batch', 'rejected', 1],
    ['late effect', 'ok', 2],
    ['slow request', 'ok', 2],
    ['slow reply', 'ok', 2],
    ['crash before the effect', 'pending', 0],
    ['crash after the effect', 'pending', 2],
  ] as const)('with the fault "%s" is %s, with an effect for %d of two jobs', async (fault, state, stored) => {
    const { clock, remote, known, network } = behind(fault)
    const call = watch(remote.enqueue({ jobs: [aJob('a'), aJob('b')] }))
    await clock.run(60_000)
    expect(call.state).toBe(state)
    expect(await known()).toBe(stored)
    expect(network.counts[fault]).toBe(1)
  })

  it('is known to have had no effect when it did not get there, and only then', async () => {
    for (const [fault, isSure] of [
      ['error before the effect', true],
      ['lost reply', false],
      ['partial batch', false],
    ] as const) {
      const { clock, remote } = behind(fault)
      const call = watch(remote.enqueue({ jobs: [aJob('a'), aJob('b')] }))
      await clock.run(1_000)
      expect(call.error instanceof NotReachedError).toBe(isSure)
    }
  })

  it('takes effect a second time when it is delivered twice, and says so', async () => {
    const { clock, remote, memory, again } = behind('duplicate delivery')
    const call = watch(remote.enqueue({ jobs: [aJob('a')] }))
    await clock.run(20)
    expect(call.state).toBe('ok')
    await memory.remove({ ids: ['a'] })
    await clock.run(60_000)
    expect((await memory.get({ ids: ['a'] }))[0]).toMatchObject({ id: 'a' })
    expect(again).toHaveLength(1)
  })

  it('is under way until its second copy has arrived, also when the faults end in between', async () => {
    const { clock, remote, network, again } = behind('duplicate delivery')
    watch(remote.enqueue({ jobs: [aJob('a')] }))
    network.heal()
    await clock.run(60_000, () => again.length > 0)
    expect(network.isLateUnderWay).toBe(true)
    await clock.run(120_000)
    expect(network.isLateUnderWay).toBe(false)
  })

  it('fails while the store is away, and no more when the network is healed', async () => {
    const { clock, remote, network } = behind('lost reply')
    network.breakFor(1_000_000)
    const refused = watch(remote.enqueue({ jobs: [aJob('a')] }))
    await clock.run(100)
    expect(refused.error).toBeInstanceOf(Error)
    network.heal()
    const accepted = watch(remote.enqueue({ jobs: [aJob('a')] }))
    await clock.run(100)
    expect(accepted.state).toBe('ok')
  })
})

describe('what a running job reports, through the network', () => {
  /** Two jobs that are running, and a call that reports a checkpoint of each. */
  async function reporting(fault?: CallFault) {
    const world = behind(fault)
    const { memory, remote, clock } = world
    await memory.enqueue({ jobs: [aJob('a'), aJob('b')] })
    const { jobs } = await memory.claim({ name: 'email', worker: 'w', limit: 2, leaseMs: 600_000 })
    const report = (text: string) =>
      watch(remote.report({ entries: jobs.map((lease) => ({ lease, checkpoint: text })) }))
    const kept = async () => (await memory.get({ ids: ['a', 'b'] })).map((job) => job?.checkpoint ?? 'none')
    return { ...world, clock, report, kept }
  }

  it.each([
    ['error before the effect', 'rejected', ['none', 'none']],
    ['lost reply', 'rejected', ['one', 'one']],
    ['no answer, no effect', 'pending', ['none', 'none']],
    ['no answer, effect', 'pending', ['one', 'one']],
    ['partial batch', 'rejected', ['one', 'none']],
    ['late effect', 'ok', ['one', 'one']],
  ] as const)('with the fault "%s" is %s, and %j is kept', async (fault, state, texts) => {
    const { clock, report, kept } = await reporting(fault)
    const call = report('one')
    await clock.run(60_000)
    expect(call.state).toBe(state)
    expect(await kept()).toEqual(texts)
  })

  it('is kept a second time, over what came in between, when it is delivered twice', async () => {
    const { clock, report, kept, again, memory } = await reporting('duplicate delivery')
    report('one')
    await clock.run(20)
    expect(await kept()).toEqual(['one', 'one'])
    const [job] = await memory.get({ ids: ['a'] })
    const lease = { id: 'a', name: 'email', fence: { generation: job?.generation ?? 0, claim: 1 } }
    await memory.report({ entries: [{ lease, checkpoint: 'two' }] })
    await clock.run(60_000)
    expect(await kept()).toEqual(['one', 'one'])
    expect(again).toHaveLength(1)
  })
})

describe('a pause through the network', () => {
  it.each([
    ['error before the effect', []],
    ['lost reply', ['email', 'image']],
    ['partial batch', ['email']],
    ['late effect', ['email', 'image']],
  ] as const)('with the fault "%s" takes effect for %j', async (fault, paused) => {
    const { clock, remote, memory } = behind(fault)
    watch(remote.setPaused({ names: ['email', 'image'], paused: true }))
    await clock.run(60_000)
    const counts = await memory.counts({ names: ['email', 'image'] })
    expect(counts.filter((one) => one.paused).map(({ name }) => name)).toEqual(paused)
  })
})

describe('a wait through the network', () => {
  const wait = { name: 'email', worker: 'w', timeoutMs: 5_000 }

  it('ends when a job is ready, in time, when aborted, and leaves nothing behind', async () => {
    const { clock, remote, memory } = behind()
    const aborting = new AbortController()
    const { signal } = new AbortController()
    const woken = watch(remote.waitForReady({ ...wait, signal }))
    const timedOut = watch(remote.waitForReady({ ...wait, name: 'other', signal }))
    const aborted = watch(remote.waitForReady({ ...wait, name: 'third', signal: aborting.signal }))
    await clock.run(100)
    expect(remote.held).toBe(3)
    await memory.enqueue({ jobs: [aJob('a')] })
    aborting.abort()
    await clock.run(20)
    expect([woken.state, timedOut.state, aborted.state]).toEqual(['ok', 'pending', 'ok'])
    await clock.run(5_000)
    expect(timedOut.state).toBe('ok')
    expect(remote.held).toBe(0)
    expect(clock.pending).toBe(0)
  })

  const claim = { limit: 1, leaseMs: 60_000 }

  it('that is to claim has its answer waited for when it is aborted, as it may bring jobs', async () => {
    const { clock, memory, asked } = behindClaiming()
    const aborting = new AbortController()
    const waiting = asked.waitForReady({ ...wait, signal: aborting.signal, claim })
    const watched = watch(waiting)
    await clock.run(100)
    await memory.enqueue({ jobs: [aJob('a')] })
    await clock.run(1)
    aborting.abort()
    expect((await memory.get({ ids: ['a'] }))[0]).toMatchObject({ state: 'active' })
    expect(watched.state).toBe('pending')
    await clock.run(100)
    expect(await waiting).toMatchObject({ jobs: [{ id: 'a' }] })
    expect(asked.held).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('that is to claim is left after a second when it is aborted and the store is away', async () => {
    const { clock, asked } = behindClaiming('no answer, effect')
    const aborting = new AbortController()
    const waiting = watch(asked.waitForReady({ ...wait, signal: aborting.signal, claim }))
    await clock.run(100)
    aborting.abort()
    await clock.run(990)
    expect(waiting.state).toBe('pending')
    await clock.run(20)
    expect(waiting.state).toBe('ok')
    expect(asked.held).toBe(0)
  })

  it('may end without cause', async () => {
    const { clock, remote, network } = behind('spurious wake-up')
    const woken = watch(remote.waitForReady({ ...wait, signal: new AbortController().signal }))
    await clock.run(4_999)
    expect(woken.state).toBe('ok')
    expect(network.counts['spurious wake-up']).toBe(1)
  })

  it('is given up in the store when its host crashes', async () => {
    const { clock, remote, host } = behind()
    void remote.waitForReady({ ...wait, signal: new AbortController().signal })
    await clock.run(100)
    host.crash()
    // The answer to nobody is on its way still.
    await clock.run(10)
    expect(clock.pending).toBe(0)
  })
})

describe('the hints of a store behind a network', () => {
  it.each([
    [0, 1],
    [1, 0],
  ])('that are dropped with a probability of %d: %d arrives', async (dropHint, heard) => {
    const { clock, remote, memory, network } = behind(undefined, dropHint)
    const hints: unknown[] = []
    void remote.subscribe((hint) => hints.push(hint))
    await clock.run(100)
    await memory.enqueue({ jobs: [{ ...aJob('a'), delayMs: 1_000 }] })
    await clock.run(100)
    expect(hints).toHaveLength(heard)
    expect(network.counts['dropped hint']).toBe(dropHint)
  })
})
