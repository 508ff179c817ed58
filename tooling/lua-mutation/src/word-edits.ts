import type { Edit, MutantKind } from './edit.js'
import type { LuaToken } from './lua-tokens.js'

const COMPARISONS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '==': '~=',
  '~=': '==',
}
const ROUNDINGS: Readonly<Record<string, string>> = { ceil: 'floor', floor: 'ceil', min: 'max', max: 'min' }

// Each key by another one that holds the same type, or that nobody uses.
const NEIGHBOURS: Readonly<Record<string, string>> = {
  jobs: 'runs',
  runs: 'errors',
  errors: 'results',
  results: 'errors',
  cancels: 'errors',
  scheduled: 'workers',
  workers: 'inboxes',
  inboxes: 'workers',
  'worker-reports': 'results',
  void: 'pushed',
  pushed: 'void',
  'scheduled-counts': 'pushed',
  names: 'no-names',
  damaged: 'not-damaged',
  generation: 'no-generation',
  hints: 'no-hints',
  ':active': ':dead',
  ':ready': ':inbox:',
  ':inbox:': ':ready:',
}

/** The ways to alter the words of a script that are no calls. */
export function wordEdits(tokens: readonly LuaToken[]): Edit[] {
  const open: string[] = []
  return tokens.flatMap((token, at) => {
    if ('({['.includes(token.text)) open.push(token.text)
    if (')}]'.includes(token.text)) open.pop()
    const [before, after] = [tokens[at - 1], tokens[at + 1]]
    return token.type === 'string' ? stringEdits(token, before, after, open.at(-1) === '{') : editsOf(token, before)
  })
}

function editsOf(token: LuaToken, before: LuaToken | undefined): Edit[] {
  const to = (kind: MutantKind, replacement: string): Edit[] => [
    { kind, start: token.start, end: token.end, replacement },
  ]
  const { type, text } = token
  if (type === 'keyword') {
    if (text === 'and') return to('logic', 'or')
    if (text === 'or') return to('logic', 'and')
    return text === 'not' ? to('logic', '') : []
  }
  if (type === 'symbol') {
    const other = COMPARISONS[text]
    if (other !== undefined) return to('comparison', other)
    if (text === '+') return to('arithmetic', '-')
    return text === '-' && isOperand(before) ? to('arithmetic', '+') : []
  }
  if (type === 'name') {
    const other = before?.text === '.' ? ROUNDINGS[text] : undefined
    return other === undefined ? [] : to('rounding', other)
  }
  return to('number', numberNear(text))
}

function stringEdits(
  { start, end, text }: LuaToken,
  before: LuaToken | undefined,
  after: LuaToken | undefined,
  isInTable: boolean,
): Edit[] {
  const content = text.slice(1, -1)
  const other = before?.text === '..' ? NEIGHBOURS[content] : undefined
  if (other !== undefined) return [{ kind: 'key', start, end, replacement: `'${other}'` }]
  if (content.startsWith('(')) return [{ kind: 'bound', start, end, replacement: `'${content.slice(1)}'` }]
  // One of several in a list: a key, a place or a state that is gone through.
  const isItem = isInTable && '{,'.includes(before?.text ?? '-') && ',}'.includes(after?.text ?? '-')
  if (!isItem) return []
  if (after?.text === ',') return [{ kind: 'item', start, end: after.end, replacement: '' }]
  return before?.text === ',' ? [{ kind: 'item', start: before.start, end, replacement: '' }] : []
}

/** One more; for sizes and durations, where one more means nothing, 1. */
function numberNear(text: string): string {
  return Number(text) < 10 ? String(Number(text) + 1) : '1'
}

/** Whether a minus behind this token takes away, and is no sign. */
function isOperand(token: LuaToken | undefined): boolean {
  return token !== undefined && (token.type === 'name' || token.type === 'number' || /^[)\]]$/.test(token.text))
}
