import { describe, expect, test } from 'vitest'
import { formatHistory, HistoryFormatError, parseHistory } from '../../src/history/index.js'
import { HistoryBuilder } from './history-builder.js'

const HEADER = 1
const INVOKE = 2
const OK = 3
const START = 4

/** A push that was answered, and a run: six lines. */
const aText = (): string => formatHistory(new HistoryBuilder({ notes: { seed: 7 } }).push().start().end().history())

/** The lines of a text with one changed: by a function of what is on it, or in whole. */
function withLine(line: number, change: ((event: Record<string, unknown>) => object) | string, text = aText()): string {
  const lines = text.split('\n')
  const was = lines[line - 1] ?? ''
  lines[line - 1] = typeof change === 'string' ? change : JSON.stringify(change(JSON.parse(was)))
  return lines.join('\n')
}

function refusalOf(text: string): HistoryFormatError {
  try {
    parseHistory(text)
  } catch (error) {
    if (error instanceof HistoryFormatError) return error
    throw error
  }
  throw new Error('it was not refused')
}

test('a history comes back as it was', () => {
  const history = new HistoryBuilder({ notes: { seed: 7 } }).push().claim().start().end().snapshot([{}]).history()
  expect(parseHistory(formatHistory(history))).toEqual(history)
})

test('a last line without a line break is read as well', () => {
  expect(parseHistory(aText().trimEnd()).events).toHaveLength(4)
})

describe('a history that is not whole is refused', () => {
  test('without its last line, as when it was cut off between two lines', () => {
    const text = aText().split('\n').slice(0, -2).join('\n')
    expect(refusalOf(text).message).toMatch(/^line 6: the history is cut off.*record it again/)
    expect(refusalOf(text).line).toBe(6)
  })

  test('cut off in the middle of a line', () => {
    const text = aText()
    expect(refusalOf(text.slice(0, text.indexOf('"type":"start"'))).message).toMatch(/^line 4: this is not JSON/)
  })

  test('with a line left out', () => {
    const lines = aText().split('\n')
    expect(refusalOf(lines.toSpliced(4, 1).join('\n')).message).toMatch(
      /^line 5: the history had 4 events, and 3 are here/,
    )
    expect(refusalOf(lines.toSpliced(3, 1).join('\n')).message).toMatch(/^line 4: seq must be 2/)
  })

  test('with more behind its end', () => {
    expect(refusalOf(`${aText()}${aText()}`).message).toMatch(/^line 7: there is more behind the end/)
  })
})

const malformed: readonly [what: string, line: number, change: Parameters<typeof withLine>[1], says: RegExp][] = [
  ['an empty text in place of the header', HEADER, '', /not JSON/],
  ['something else in place of the header', HEADER, '{"seq":0}', /no history: its first line must have "format"/],
  ['a header that is no object', HEADER, 'null', /no history/],
  ['an unknown version', HEADER, (it) => ({ ...it, version: 2 }), /version 2, and 1 is known here; read it with/],
  ['a header without a store', HEADER, ({ store: _store, ...it }) => it, /store must be a text/],
  ['a header with a mistyped field', HEADER, (it) => ({ ...it, setsAside: 1 }), /setsAside must be true or false/],
  ['a line that is not JSON', START, '{"seq":2,', /not JSON/],
  ['an empty line', START, '', /not JSON/],
  ['a line that is no object', START, '7', /type must be one of/],
  ['an unknown type', START, (it) => ({ ...it, type: 'begin' }), /type must be one of invoke, ok,/],
  ['a type that every object has', START, (it) => ({ ...it, type: 'toString' }), /type must be one of/],
  ['an event without a time', START, ({ at: _at, ...it }) => it, /at must be a number of milliseconds/],
  ['a time that is a text', START, (it) => ({ ...it, at: '0' }), /at must be a number/],
  ['an event without a process', START, ({ process: _process, ...it }) => it, /process must be a text/],
  ['a number out of order', START, (it) => ({ ...it, seq: 3 }), /seq must be 2/],
  [
    'a lease without its fence',
    START,
    (it) => ({ ...it, lease: { id: 'a', name: 'b' } }),
    /lease\.fence must be an object/,
  ],
  ['an unknown method', INVOKE, (it) => ({ ...it, method: 'push' }), /method must be one of/],
  ['an input that is not its method’s', INVOKE, (it) => ({ ...it, input: { ids: [] } }), /input\.jobs must be a list/],
  [
    'an input with a mistyped entry',
    INVOKE,
    (it) => ({ ...it, input: { jobs: [7] } }),
    /input\.jobs\[0\] must be an obj/,
  ],
  ['an output that is not its method’s', OK, (it) => ({ ...it, output: { promoted: 1 } }), /output must be a list/],
  [
    'an unknown outcome',
    OK,
    (it) => ({ ...it, output: [{ status: 'new', id: 'a' }] }),
    /output\[0\]\.status must be one of/,
  ],
  ['the answer of a call that was not begun', OK, (it) => ({ ...it, call: 9 }), /call 9 was never begun/],
  ['a refusal without its error', OK, (it) => ({ ...it, type: 'unknown' }), /error must be a text/],
]

test.each(malformed)('%s is refused with its line', (_what, line, change, says) => {
  const refusal = refusalOf(withLine(line, change))
  expect(refusal.line).toBe(line)
  expect(refusal.message).toMatch(says)
  expect(refusal.message).toMatch(new RegExp(`^line ${line}: .*[;:,] .+`))
})

test('a call that ends twice, or is begun twice, is refused', () => {
  const twice = new HistoryBuilder()
  const call = twice.begin('leave', { worker: 'w' })
  twice.answer(call, undefined).lose(call)
  expect(refusalOf(formatHistory(twice.history())).message).toMatch(/^line 4: call 0 has ended before/)
  const begun = formatHistory(new HistoryBuilder().push().push().history())
  expect(refusalOf(withLine(4, (it) => ({ ...it, call: 0 }), begun)).message).toMatch(
    /^line 4: call 0 was begun before/,
  )
})
