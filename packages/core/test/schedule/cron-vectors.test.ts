import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { InvalidArgumentError } from '../../src/errors.js'
import { parseCron } from '../../src/schedule/cron.js'

/** Expression, zone, instant to start from (not included), first instant after it. */
type Next = readonly [string, string, string, string | null]

/** What the tests of another implementation state, carried over as facts. */
interface Vectors {
  readonly source: string
  readonly next: readonly Next[]
  /** Expression, zone, instant, whether it fires then. */
  readonly at?: readonly (readonly [string, string, string, boolean])[]
  /** Expression, and the field that the fault is in if the source says so. */
  readonly refused: readonly (readonly [string, string | null])[]
  readonly taken?: readonly string[]
  /** Facts that are not so here, with the reason. */
  readonly differs: readonly {
    readonly why: string
    readonly next?: readonly Next[]
    readonly refused?: Vectors['refused']
    readonly taken?: readonly string[]
  }[]
}

const directory = `${import.meta.dirname}/vectors`
const files = readdirSync(directory).map((name) => JSON.parse(readFileSync(`${directory}/${name}`, 'utf8')) as Vectors)

function next([expression, timeZone, from]: readonly [string, string, string, unknown]): string | null {
  const at = parseCron(expression, timeZone).next(Date.parse(from))
  return at === null ? null : new Date(at).toISOString().replace('.000Z', 'Z')
}

function isTaken(expression: string): boolean {
  try {
    parseCron(expression, 'UTC')
    return true
  } catch (fault) {
    expect(fault).toBeInstanceOf(InvalidArgumentError)
    return false
  }
}

it('there are vectors of three other implementations', () => {
  expect(files.map(({ next, refused }) => next.length + refused.length)).toEqual([72, 830, 68])
})

describe.each(files)('the facts of $source', ({ next: times, at = [], refused, taken = [], differs }) => {
  it('on the next time', () => {
    expect(times.map((fact) => [...fact.slice(0, 3), next(fact)])).toEqual(times)
  })

  it('on whether it fires at a time', () => {
    const fires = at.map(([expression, zone, instant]) => {
      const before = new Date(Date.parse(instant) - 1).toISOString()
      return [expression, zone, instant, next([expression, zone, before, null]) === instant]
    })
    expect(fires).toEqual(at)
  })

  it('on what is refused, and in which field', () => {
    expect(refused.filter(([expression]) => isTaken(expression))).toEqual([])
    for (const [expression, field] of refused) {
      if (field !== null) expect(() => parseCron(expression, 'UTC')).toThrow(`, in the ${field}: `)
    }
  })

  it('on what is taken', () => {
    expect(taken.filter((expression) => !isTaken(expression))).toEqual([])
  })

  it.each(differs)('but not where it is said to differ: $why', (other) => {
    const isSo = (fact: Next): boolean => isTaken(fact[0]) && next(fact) === fact[3]
    expect(other.next?.filter(isSo) ?? []).toEqual([])
    expect(other.refused?.filter(([expression]) => !isTaken(expression)) ?? []).toEqual([])
    expect(other.taken?.filter(isTaken) ?? []).toEqual([])
  })
})
