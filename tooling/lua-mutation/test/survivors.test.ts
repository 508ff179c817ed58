import { expect, it } from 'vitest'
import { mutantsOf } from '../src/mutants.js'
import { reportLines, scoreOf } from '../src/report.js'
import { type AcceptedSurvivor, acceptanceOf } from '../src/survivors.js'

const [first, second, third] = mutantsOf('a.lua', 'x = a < b\ny = a > b\nz = a == b')
if (first === undefined || second === undefined || third === undefined) throw new Error('three lines, three mutants')

const entryOf = ({ file, line, becomes }: typeof first, equivalent: boolean): AcceptedSurvivor => {
  return { file, line, becomes, equivalent, reason: 'because' }
}

it('a survivor that the list does not have, and an entry that nothing survives, are told apart', () => {
  const list = [entryOf(first, true), entryOf(third, false)]
  expect(acceptanceOf([first, second], list, new Set(['a.lua']))).toEqual({
    equivalent: [first],
    accepted: [],
    unlisted: [second],
    stale: [entryOf(third, false)],
  })
  expect(acceptanceOf([], list, new Set(['b.lua'])).stale).toEqual([])
})

it('a survivor is known by its change, wherever its line stands', () => {
  const [moved] = mutantsOf('a.lua', '\n\n\nx = a < b')
  if (moved === undefined) throw new Error('one line, one mutant')
  expect(moved.id).not.toBe(first.id)
  expect(acceptanceOf([moved], [entryOf(first, false)], new Set()).accepted).toEqual([moved])
})

it('the score is said with and without what no test could notice', () => {
  const verdicts = [{ mutant: first }, { mutant: second, killedBy: 'a/case' }, { mutant: third, killedBy: 'a/case' }]
  const acceptance = acceptanceOf([first], [entryOf(first, true)], new Set(['a.lua']))
  expect(scoreOf(verdicts, [first])).toMatchObject({ killed: 2, all: 3, equivalent: 1, ofReal: 100 })
  expect(reportLines(verdicts, acceptance).at(-1)).toBe(
    'Lua mutation score: 100.0 % (2 of 3 killed, 0 survivors listed, 1 equivalent; 66.7 % with those)',
  )
})
