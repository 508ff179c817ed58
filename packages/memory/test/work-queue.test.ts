import { describe, expect, it } from 'vitest'
import { type QueueNode, WorkQueue } from '../src/work-queue.js'

function valuesOf(queue: WorkQueue<string>): string[] {
  const values: string[] = []
  for (let node: QueueNode<string> | undefined = queue.head; node; node = node.next) values.push(node.value)
  return values
}

describe('WorkQueue', () => {
  it('gives out in the order of arrival', () => {
    const queue = new WorkQueue<string>()
    for (const value of ['a', 'b', 'c']) queue.push(value)
    expect(valuesOf(queue)).toEqual(['a', 'b', 'c'])
    expect(queue.size).toBe(3)
  })

  it('takes what comes back to its head, at a lower place', () => {
    const queue = new WorkQueue<string>()
    const behind = queue.push('c')
    const nodes = ['b', 'a'].map((value) => queue.unshift(value))
    expect(valuesOf(queue)).toEqual(['a', 'b', 'c'])
    expect([...nodes, behind].map(({ position }) => position)).toEqual([-1, -2, 0])
    for (const node of nodes) queue.remove(node)
    queue.unshift('d')
    queue.push('e')
    expect(valuesOf(queue)).toEqual(['d', 'c', 'e'])
  })

  it('lets go of its head, its middle and its tail', () => {
    const queue = new WorkQueue<string>()
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((value) => queue.push(value))
    for (const [node, left] of [
      [b, 'acd'],
      [a, 'cd'],
      [d, 'c'],
      [c, ''],
    ] as const) {
      if (node) queue.remove(node)
      expect(valuesOf(queue).join('')).toBe(left)
      expect(queue.size).toBe(left.length)
    }
    queue.push('e')
    expect(valuesOf(queue)).toEqual(['e'])
  })
})
