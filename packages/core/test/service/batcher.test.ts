import { describe, expect, it } from 'vitest'
import { Batcher, type BatcherOptions } from '../../src/service/batcher.js'
import { type Deferred, deferred } from '../support/deferred.js'
import { turns } from '../support/turns.js'

/** A batcher of numbers whose batches stay in flight until the test answers them: item n becomes n · 10. */
function aBatcher(options: Partial<BatcherOptions<number, number>> = {}) {
  const sent: (readonly number[])[] = []
  const gates: Deferred<void>[] = []
  const batcher = new Batcher<number, number>({
    send: async (items) => {
      sent.push(items)
      const gate = deferred()
      gates.push(gate)
      await gate.promise
      return items.map((item) => item * 10)
    },
    maxItems: 3,
    maxWeight: 1_000,
    weigh: (item) => item,
    ...options,
  })
  const answer = async (index: number): Promise<void> => {
    gates[index]?.resolve()
    await turns()
  }
  const refuse = async (index: number, error: Error): Promise<void> => {
    gates[index]?.reject(error)
    await turns()
  }
  return { batcher, sent, answer, refuse }
}

describe('a batcher', () => {
  it('sends at once when nothing is in flight', async () => {
    const { batcher, sent, answer } = aBatcher()
    const added = batcher.add(1)
    await Promise.resolve()
    await Promise.resolve()
    expect(sent).toEqual([[1]])
    await answer(0)
    expect(await added).toBe(10)
  })

  it('sends together what one tick adds', async () => {
    const { batcher, sent, answer } = aBatcher()
    const added = Promise.all([batcher.add(1), batcher.add(2)])
    await turns()
    expect(sent).toEqual([[1, 2]])
    await answer(0)
    expect(await added).toEqual([10, 20])
  })

  it('collects while a batch is in flight and sends what has collected together, in order', async () => {
    const { batcher, sent, answer } = aBatcher()
    const first = batcher.add(1)
    await turns()
    const rest = Promise.all([batcher.add(2), batcher.add(3)])
    await turns()
    expect(sent).toEqual([[1]])
    await answer(0)
    expect(sent).toEqual([[1], [2, 3]])
    await answer(1)
    expect(await first).toBe(10)
    expect(await rest).toEqual([20, 30])
  })

  it('puts no more than maxItems in a batch', async () => {
    const { batcher, sent, answer } = aBatcher()
    const added = Promise.all([1, 2, 3, 4, 5].map((n) => batcher.add(n)))
    await turns()
    await answer(0)
    await answer(1)
    expect(sent).toEqual([
      [1, 2, 3],
      [4, 5],
    ])
    expect(await added).toEqual([10, 20, 30, 40, 50])
  })

  it('puts no more than maxWeight in a batch, unless one item alone has more', async () => {
    const { batcher, sent, answer } = aBatcher({ maxWeight: 10 })
    const added = Promise.all([6, 4, 5, 99, 1].map((n) => batcher.add(n)))
    await turns()
    for (let index = 0; index < 4; index++) await answer(index)
    expect(sent).toEqual([[6, 4], [5], [99], [1]])
    expect(await added).toEqual([60, 40, 50, 990, 10])
  })

  it('keeps items that were added together in one batch while they fit', async () => {
    const { batcher, sent, answer } = aBatcher()
    const added = Promise.all([batcher.add(1), batcher.add(2), batcher.addMany([3, 4])])
    await turns()
    await answer(0)
    await answer(1)
    expect(sent).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(await added).toEqual([10, 20, [30, 40]])
  })

  it('cuts items that were added together into chunks and answers them in order', async () => {
    const { batcher, sent, answer } = aBatcher()
    const added = batcher.addMany([1, 2, 3, 4, 5, 6, 7])
    await turns()
    for (let index = 0; index < 3; index++) await answer(index)
    expect(sent).toEqual([[1, 2, 3], [4, 5, 6], [7]])
    expect(await added).toEqual([10, 20, 30, 40, 50, 60, 70])
  })

  it('answers no items with no outcomes and sends nothing', async () => {
    const { batcher, sent } = aBatcher()
    expect(await batcher.addMany([])).toEqual([])
    expect(sent).toEqual([])
  })

  it('rejects the callers of a failed batch and no others', async () => {
    const { batcher, answer, refuse } = aBatcher()
    const first = expect(batcher.add(1)).rejects.toThrow('down')
    await turns()
    const second = batcher.add(2)
    await refuse(0, new Error('down'))
    await first
    await answer(1)
    expect(await second).toBe(20)
  })

  it('rejects chunks that belong together only after all of them have ended', async () => {
    const { batcher, sent, answer, refuse } = aBatcher()
    let ended = false
    const added = batcher.addMany([1, 2, 3, 4])
    void added.catch(() => {}).finally(() => (ended = true))
    await turns()
    await refuse(0, new Error('down'))
    expect(ended).toBe(false)
    await answer(1)
    expect(sent).toEqual([[1, 2, 3], [4]])
    await expect(added).rejects.toThrow('down')
  })

  it('has several in flight, of equal shares of what is not answered, and sends a further one when a share has collected', async () => {
    const { batcher, sent, answer } = aBatcher({ maxItems: 1_000, maxWeight: Infinity, maxInFlight: 4 })
    const numbers = Array.from({ length: 64 }, (_, n) => n)
    const added = Promise.all(numbers.map((n) => batcher.add(n)))
    await turns()
    expect(sent.map((items) => items.length)).toEqual([16, 16, 16, 16])
    const more = Promise.all(numbers.slice(0, 17).map((n) => batcher.add(n)))
    await turns()
    expect(sent).toHaveLength(4)
    // 65 are not answered now, of which 17 wait.
    await answer(1)
    expect(sent.slice(4).map((items) => items.length)).toEqual([17])
    for (const index of [4, 3, 0, 2]) await answer(index)
    expect(await added).toEqual(numbers.map((n) => n * 10))
    expect(await more).toEqual(numbers.slice(0, 17).map((n) => n * 10))
  })

  it.each([
    [9, [9]],
    [15, [15]],
    [31, [11, 10, 10]],
    [33, [9, 8, 8, 8]],
    [65, [17, 16, 16, 16]],
    [1001, [251, 250, 250, 250]],
  ])('sends %i items at once, in equal shares of at least eight', async (count, sizes) => {
    const { batcher, sent, answer } = aBatcher({ maxItems: 1_000, maxWeight: Infinity, maxInFlight: 4 })
    const added = Promise.all(Array.from({ length: count }, () => batcher.add(1)))
    await turns()
    expect(sent.map((items) => items.length)).toEqual(sizes)
    for (const index of sizes.keys()) await answer(index)
    expect(await added).toHaveLength(count)
  })

  it.each([33, 63, 65, 100, 101])(
    'keeps four in flight while %i callers add again when they are answered',
    async (count) => {
      const { batcher, sent, answer } = aBatcher({ maxItems: 1_000, maxWeight: Infinity, maxInFlight: 4 })
      let left = 2_000
      const calling = Promise.all(
        Array.from({ length: count }, async () => {
          while (left-- > 0) await batcher.add(1)
        }),
      )
      await turns()
      let answered = 0
      for (; left > 0; answered++) {
        expect(sent.length - answered).toBe(4)
        await answer(answered)
        await turns()
      }
      for (; answered < sent.length; answered++) {
        await answer(answered)
        await turns()
      }
      await calling
    },
  )

  it('collects at least eight for a further one, and less when nothing is in flight', async () => {
    const { batcher, sent, answer } = aBatcher({ maxItems: 1_000, maxInFlight: 4 })
    const first = batcher.add(1)
    await turns()
    const rest = Promise.all(Array.from({ length: 7 }, () => batcher.add(2)))
    await turns()
    expect(sent).toEqual([[1]])
    const last = batcher.add(3)
    await turns()
    expect(sent).toEqual([[1], [2, 2, 2, 2, 2, 2, 2, 3]])
    const behind = batcher.add(4)
    await answer(0)
    expect(sent).toHaveLength(2)
    await answer(1)
    expect(sent[2]).toEqual([4])
    await answer(2)
    await Promise.all([first, rest, last, behind])
  })

  it('never has two chunks in flight that belong together, but others beside one', async () => {
    const { batcher, sent, answer } = aBatcher({ maxItems: 8, maxInFlight: 4 })
    const added = batcher.addMany(Array.from({ length: 20 }, () => 1))
    await turns()
    expect(sent.map((items) => items.length)).toEqual([8])
    await answer(0)
    expect(sent.map((items) => items.length)).toEqual([8, 8])
    await answer(1)
    const others = Promise.all(Array.from({ length: 8 }, () => batcher.add(2)))
    await turns()
    expect(sent.slice(2)).toEqual([[1, 1, 1, 1], Array.from({ length: 8 }, () => 2)])
    await answer(3)
    await answer(2)
    expect(await added).toEqual(Array.from({ length: 20 }, () => 10))
    await others
  })

  it('is idle when nothing is waiting or in flight', async () => {
    const { batcher, answer } = aBatcher({ maxItems: 8, maxInFlight: 2 })
    let isIdle = false
    const added = Promise.all(Array.from({ length: 17 }, () => batcher.add(1)))
    void batcher.idle().then(() => (isIdle = true))
    await turns()
    await answer(1)
    await answer(0)
    expect(isIdle).toBe(false)
    await answer(2)
    expect(isIdle).toBe(true)
    await batcher.idle()
    await added
  })

  it('rejects its callers when send throws at once, and goes on', async () => {
    let calls = 0
    const batcher = new Batcher<number, number>({
      send: (items) => {
        if (calls++ === 0) throw new Error('at once')
        return Promise.resolve([...items])
      },
      ...{ maxItems: 3, maxWeight: 10, weigh: () => 1 },
    })
    await expect(batcher.add(1)).rejects.toThrow('at once')
    expect(await batcher.add(2)).toBe(2)
    expect(batcher.pending).toBe(0)
  })

  it('counts what has no answer yet, waiting or in flight', async () => {
    const { batcher, answer, refuse } = aBatcher()
    const first = batcher.add(1)
    await turns()
    const second = batcher.add(2)
    second.catch(() => {})
    expect(batcher.pending).toBe(2)
    await answer(0)
    await first
    expect(batcher.pending).toBe(1)
    await refuse(1, new Error('down'))
    expect(batcher.pending).toBe(0)
  })

  it('is idle once nothing waits and nothing is in flight', async () => {
    const { batcher, answer } = aBatcher()
    await batcher.idle()
    const first = batcher.add(1)
    await turns()
    const second = batcher.add(2)
    let idle = false
    const whenIdle = batcher.idle().then(() => (idle = true))
    await answer(0)
    await first
    expect(idle).toBe(false)
    await answer(1)
    await second
    await whenIdle
  })

  it('takes 100,000 single items without slowing down with the number that wait', async () => {
    const batcher = new Batcher<number, number>({
      send: async (items) => [...items],
      ...{ maxItems: 1_000, maxWeight: 1e9, weigh: () => 1 },
    })
    const answers = await Promise.all(Array.from({ length: 100_000 }, (_, n) => batcher.add(n)))
    expect(answers.every((answer, n) => answer === n)).toBe(true)
  })

  it('refuses an answer that has not an outcome for each, and goes on', async () => {
    let answers = 0
    const batcher = new Batcher<number, number>({
      send: async (items) => (answers++ === 0 ? [] : [...items]),
      ...{ maxItems: 10, maxWeight: 1_000, weigh: () => 1 },
    })
    await expect(batcher.add(1)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(batcher.pending).toBe(0)
    expect(await batcher.add(2)).toBe(2)
  })
})
