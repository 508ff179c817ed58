import { ManualClock } from '@goscheds/core'
import { describe, expect, it } from 'vitest'
import { byNumber, type TimedNode, TimeOrderedSet } from '../src/time-ordered-set.js'

describe('TimeOrderedSet', () => {
  it('is empty at first', () => {
    const set = new TimeOrderedSet<string>(byNumber)
    expect(set.first()).toBeUndefined()
    expect(set.size).toBe(0)
  })

  it('orders by time, and equal times by order', () => {
    const set = new TimeOrderedSet<string>(byNumber)
    set.add(20, 1, 'c')
    set.add(10, 3, 'b')
    set.add(10, 2, 'a')
    expect(set.sorted().map(({ value }) => value)).toEqual(['a', 'b', 'c'])
    expect(set.first()?.value).toBe('a')
  })

  it('always shows the smallest first, whatever was added and removed, in any order', () => {
    const clock = new ManualClock({ seed: 42 })
    const random = (below: number): number => Math.floor(clock.random() * below)
    const set = new TimeOrderedSet<number>(byNumber)
    const model: TimedNode<number>[] = []
    for (let step = 0; step < 5_000; step++) {
      if (model.length > 0 && random(3) === 0) {
        const [removed] = model.splice(random(model.length), 1)
        if (removed) set.remove(removed)
      } else model.push(set.add(random(50), step, step))
      const smallest = model.reduce<TimedNode<number> | undefined>((best, node) => {
        if (best === undefined || node.at < best.at) return node
        return node.at === best.at && node.order < best.order ? node : best
      }, undefined)
      expect(set.first()).toBe(smallest)
      expect(set.size).toBe(model.length)
      const inOrder = (a: TimedNode<number>, b: TimedNode<number>): number => a.at - b.at || a.order - b.order
      if (step % 50 === 0) expect(set.upTo(20)).toEqual(model.filter(({ at }) => at <= 20).sort(inOrder))
    }
  })
})
