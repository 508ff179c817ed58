import assert from 'node:assert/strict'
import type { NewJob, Store } from '@goscheds/core'
import { aJob, manyJobs } from '../a-job.js'
import { comeBack } from '../come-back.js'
import { type CaseContext, type ConformanceCase, fullCase } from '../conformance-case.js'
import { claim, claimOne, enqueue, finish, idsOf, LEASE_MS, look, only, promote } from '../moves.js'
import { completed } from '../settlements.js'
import { beginWait, soon, wakeThree } from '../waiting.js'

/** How many jobs leave a queue of several priorities between two that are taken in turn, the latter included. */
const TURN = 16

/** The priority of a job. Each needs a store that carries out options of jobs. */
export const priorityCases: readonly ConformanceCase[] = [
  priorityCase('order', 'the lower priority is claimed first, whenever it came', async ({ store }) => {
    const priorities = [5, 0, -5, 1_000, -1_000, 1, -1]
    await enqueue(store, priorities.map(withPriority))
    assert.deepEqual(await prioritiesOf(store, await claim(store)), [-1_000, -5, -1, 0, 1, 5, 1_000])
  }),

  priorityCase('fifo', 'jobs of one priority are claimed in the order in which they became ready', async (context) => {
    const { store, harness } = context
    for (const priority of [-3, 7]) {
      const late = aJob({ priority, delayMs: 5_000 })
      const first = aJob({ priority })
      const last = aJob({ priority })
      await enqueue(store, [late, first])
      await harness.advance(5_000)
      await promote(store)
      await enqueue(store, [last])
      assert.deepEqual(idsOf(await claim(store)), idsOf([first, late, last]))
    }
  }),

  priorityCase('one-by-one', 'the order is the same one by one', async ({ store }) => {
    await enqueue(store, [3, -3, 0, 3, -3, 0].map(withPriority))
    const taken = []
    for (let count = 0; count < 6; count++) taken.push(await claimOne(store))
    assert.deepEqual(await prioritiesOf(store, taken), [-3, -3, 0, 0, 3, 3])
  }),

  priorityCase('default', 'a job without a priority has 0, and shows none', async ({ store }) => {
    const job = aJob()
    await enqueue(store, [job, aJob({ priority: 1 }), aJob({ priority: -1 })])
    assert.equal((await look(store, job.id)).priority, undefined)
    assert.deepEqual(idsOf(await claim(store, { limit: 2 }))[1], job.id)
  }),

  ...(['retry', 'release', 'reap', 'delayed retry', 'delayed release', 'redrive', 'reschedule'] as const).map((way) =>
    priorityCase(`kept-by-${way.replace(' ', '-')}`, `a ${way} keeps the priority`, async (context) => {
      for (const priority of [-2, 2]) {
        const job = aJob({ priority, retention: { completedMs: 0, deadMs: LEASE_MS * 100 } })
        await enqueue(context.store, [job])
        await comeBack(context, way)
        assert.equal((await look(context.store, job.id)).priority, priority)
        const plain = aJob()
        await enqueue(context.store, [plain])
        const expected = priority < 0 ? [job, plain] : [plain, job]
        const taken = await claim(context.store)
        assert.deepEqual(idsOf(taken), idsOf(expected))
        for (const lease of taken) await finish(context.store, lease, completed)
      }
    }),
  ),

  priorityCase(
    'turns',
    'every 16th job is the first of the next priority in turn, from the lowest, and begins again behind the highest',
    async ({ store }) => {
      await enqueue(
        store,
        [-1, 0, 4].flatMap((priority) => manyJobs(60, () => ({ priority }))),
      )
      const taken = await prioritiesOf(store, await claim(store, { limit: 5 * TURN }))
      const inTurn = taken.filter((_priority, index) => (index + 1) % TURN === 0)
      assert.deepEqual(inTurn, [-1, 0, 4, 0, 4])
      // Those between come from the lowest that has any.
      const between = taken.filter((_priority, index) => (index + 1) % TURN !== 0)
      assert.deepEqual(between, [...Array<number>(59).fill(-1), ...Array<number>(16).fill(0)])
    },
  ),

  priorityCase('turns-one-by-one', 'turns are counted from claim to claim', async ({ store }) => {
    await enqueue(store, [...manyJobs(40, () => ({ priority: -1 })), aJob({ priority: 9 })])
    const taken = []
    for (let count = 0; count < 2 * TURN; count++) taken.push(await claimOne(store))
    const priorities = await prioritiesOf(store, taken)
    assert.deepEqual([priorities[TURN - 1], priorities[2 * TURN - 1]], [-1, 9])
    assert.equal(priorities.filter((priority) => priority === 9).length, 1)
  }),

  priorityCase(
    'turns-begin-anew',
    'where all ready jobs have the priority 0 the turns begin anew',
    async ({ store }) => {
      // The last turn was that of -1, and 4 more were taken: carried on, the second round would serve 0 sooner.
      for (const [lower, placeOfPlain] of [
        [TURN + 4, TURN + 4],
        [2 * TURN + 3, 2 * TURN - 1],
      ] as const) {
        await enqueue(store, [...manyJobs(lower, () => ({ priority: -1 })), aJob()])
        const taken = await prioritiesOf(store, await claim(store))
        assert.deepEqual([taken.length, taken.indexOf(0)], [lower + 1, placeOfPlain])
      }
    },
  ),

  priorityCase('wakes', 'a job of any priority wakes who waits', async (context) => {
    const { store } = context
    for (const priority of [-1, 1]) {
      const wait = await beginWait(store)
      await enqueue(store, [aJob({ priority })])
      await soon(context, `the wait for a job of priority ${priority}`, wait.returned)
      await finish(store, await claimOne(store), completed)
    }
  }),

  priorityCase('wakes-each', 'each of several jobs wakes one who waits, sooner or later', async (context) => {
    const { store } = context
    const ids = new Set<string>()
    await wakeThree(
      context,
      () =>
        enqueue(
          store,
          manyJobs(3, () => ({ priority: 2 })),
        ),
      async (worker) => {
        for (const { id } of await claim(store, { worker, limit: 1 })) ids.add(id)
      },
    )
    assert.equal(ids.size, 3)
  }),

  priorityCase('returns-at-once', 'a wait returns at once where a job of any priority is ready', async (context) => {
    await enqueue(context.store, [aJob({ priority: 3 })])
    const wait = await beginWait(context.store)
    await soon(context, 'the wait', wait.returned)
    assert.equal((await claim(context.store)).length, 1)
  }),

  priorityCase(
    'counted',
    'all priorities are counted, and the longest wait of those that head one is told',
    async (context) => {
      const { store, harness } = context
      const counts = async (): Promise<readonly (number | null)[]> => {
        const { ready, oldestReadyMs } = only(await store.counts({ names: ['email'] }))
        return [ready, oldestReadyMs]
      }
      await enqueue(store, [aJob({ priority: 9 })])
      await harness.advance(1_000)
      await enqueue(store, [aJob(), aJob({ priority: -9 })])
      await harness.advance(1_000)
      assert.deepEqual(await counts(), [3, 2_000])
      await enqueue(store, [aJob({ priority: 10 }), aJob({ priority: -10 })])
      assert.deepEqual(await counts(), [5, 2_000], 'a priority between the others starves unseen')
      await claim(store, { limit: 3 })
      assert.deepEqual(await counts(), [2, 2_000])
      await claim(store)
      assert.deepEqual(await counts(), [0, null])
    },
    'still-clock',
  ),

  priorityCase('listed', 'ready jobs are listed by priority, page by page', async ({ store }) => {
    const jobs = [3, 0, -3, 0, 3, -3].map(withPriority)
    await enqueue(store, jobs)
    const listed = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<Store['list']>> = await store.list({
        name: 'email',
        state: 'ready',
        limit: 2,
        cursor,
      })
      listed.push(...page.jobs)
      cursor = page.cursor
    } while (cursor !== null)
    assert.deepEqual(await prioritiesOf(store, listed), [-3, -3, 0, 0, 3, 3])
    assert.deepEqual(idsOf(listed), idsOf(await claim(store)))
  }),

  ...(['cancel', 'remove'] as const).map((method) =>
    priorityCase(`after-${method}`, `${method} takes it out of its queue, and the others stay`, async ({ store }) => {
      const jobs = [-1, -1, 1, 1].map(withPriority)
      await enqueue(store, jobs)
      await store[method]({ ids: idsOf([jobs[0] as NewJob, jobs[3] as NewJob]) })
      assert.equal(only(await store.counts({ names: ['email'] })).ready, 2)
      assert.deepEqual(idsOf(await claim(store)), idsOf([jobs[1] as NewJob, jobs[2] as NewJob]))
    }),
  ),

  priorityCase('names-apart', 'turns and orders of names are apart', async ({ store }) => {
    for (const name of ['email', 'fax']) {
      await enqueue(store, [...manyJobs(2 * TURN, () => ({ name, priority: -1 })), aJob({ name, priority: 1 })])
    }
    // The turn of -1 and half of the next one: whatever of it counted for the other name would serve 1 sooner there.
    await claim(store, { limit: TURN + TURN / 2 })
    const others = await claim(store, { name: 'fax', limit: 2 * TURN })
    assert.deepEqual(await prioritiesOf(store, others), [...Array<number>(2 * TURN - 1).fill(-1), 1])
  }),
]

function priorityCase(
  slug: string,
  title: string,
  run: (context: CaseContext) => Promise<void>,
  ...requires: readonly 'still-clock'[]
): ConformanceCase {
  return fullCase(`priority/${slug}`, title, run, 'job-options', ...requires)
}

function withPriority(priority: number): NewJob {
  return aJob({ priority })
}

async function prioritiesOf(store: Store, jobs: readonly { readonly id: string }[]): Promise<number[]> {
  return (await store.get({ ids: idsOf(jobs) })).map((job) => job?.priority ?? 0)
}
