import { describe, expect, test } from 'vitest'
import { formatHistory, HistoryFormatError, parseHistory } from '../../src/history/index.js'
import { aPush, claimInput, HistoryBuilder } from './history-builder.js'

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

test('all that a job can ask for comes back as it was', () => {
  const unique = { key: 'ada', until: { ttlMs: 9 }, onConflict: 'replace' } as const
  const asked = { priority: -5, expiresAt: 90, unique } as const
  const retention = { completedMs: 1, deadMs: 1, maxCount: 2 }
  const ids = ['a', 'b', 'c', 'd', 'e']
  const history = new HistoryBuilder().setPaused(true, ['email']).setPaused(false)
  history.call('enqueue', { jobs: ids.map((id) => aPush({ id, retention, ...asked })) }, [
    { status: 'added', id: 'a' },
    { status: 'replaced', id: 'b', replacedId: 'a' },
    { status: 'rescheduled', id: 'b' },
    { status: 'queuedAgain', id: 'd' },
    { status: 'duplicate', id: 'b' },
  ])
  history.call('claim', claimInput(), { jobs: [], more: false, held: 'paused' })
  history.claim({ checkpoint: '{"n":1}' }).report(1, { progress: '1', checkpoint: '2', lines: ['x', 'y'] })
  history.report(1, {}, 'lost').reap(1, { outcome: 'parked' }).expire(['d'])
  history.call('redrive', { ids: ['d'] }, [{ status: 'duplicate', id: 'b' }])
  history.call('reschedule', { entries: [{ id: 'd', delayMs: 5 }] }, [{ status: 'parked' }])
  history.settle(2, { type: 'completed', retentionMs: 1, maxCount: 2, result: '7' }, 'completed')
  const failures = [{ attempt: 1, at: 5, error: '{}' }]
  const shown = { progress: '1', checkpoint: '2', log: ['x'], failures, deadReason: 'expired' } as const
  history.snapshot([{ ...asked, ...shown }, { unique: { ...unique, until: 'started' } }])
  expect(parseHistory(formatHistory(history.history()))).toEqual(history.history())
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

const told: readonly [what: string, text: string, was: string, is: string, says: RegExp][] = [
  [
    'a unique key without its conflict',
    'push',
    ',"onConflict":"ignore"',
    '',
    /input\.jobs\[0\]\.unique\.onConflict must be/,
  ],
  ['a time to live that is none', 'push', '{"ttlMs":9}', '{"ms":9}', /unique\.until\.ttlMs must be a number/],
  ['an end that is none', 'push', '{"ttlMs":9}', '"never"', /unique\.until must be one of finished, started/],
  [
    'a priority that is a text',
    'push',
    '"priority":5',
    '"priority":"5"',
    /input\.jobs\[0\]\.priority must be a number/,
  ],
  ['a report without its lease', 'report', '"lease":', '"of":', /input\.entries\[0\]\.lease must be an object/],
  ['a line that is none', 'report', '["x"]', '[7]', /input\.entries\[0\]\.lines\[0\] must be a text/],
  ['an unknown outcome of a report', 'report', '"reported"', '"kept"', /output\[0\] must be one of reported, lost/],
  ['a pause that does not say so', 'pause', '"paused":true', '"paused":1', /input\.paused must be true or false/],
  ['a reap that says nothing of what expired', 'reap', ',"expired":[]', '', /output\.expired must be a list/],
]

test.each(told)('%s is refused', (_what, text, was, is, says) => {
  const unique = { key: 'ada', until: { ttlMs: 9 }, onConflict: 'ignore' } as const
  const texts: Readonly<Record<string, HistoryBuilder>> = {
    push: new HistoryBuilder().push({ priority: 5, unique }),
    report: new HistoryBuilder().report(1, { lines: ['x'] }),
    pause: new HistoryBuilder().setPaused(true),
    reap: new HistoryBuilder().expire([]),
  }
  const whole = formatHistory((texts[text] as HistoryBuilder).history())
  expect(whole).toContain(was)
  expect(refusalOf(whole.replace(was, is)).message).toMatch(says)
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
