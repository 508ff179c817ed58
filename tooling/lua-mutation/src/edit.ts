import type { Span } from './lua-calls.js'

/** What kind of fault a change makes. */
export type MutantKind =
  | 'delete'
  | 'command'
  | 'score'
  | 'sign'
  | 'invert'
  | 'bound'
  | 'index'
  | 'key'
  | 'state'
  | 'item'
  | 'comparison'
  | 'logic'
  | 'arithmetic'
  | 'rounding'
  | 'number'

/** One change of a text. */
export interface Edit extends Span {
  readonly kind: MutantKind
  readonly replacement: string
}

/** The text with the change made. */
export function applyEdit(text: string, { start, end, replacement }: Edit): string {
  return text.slice(0, start) + replacement + text.slice(end)
}
