import { expect, it } from 'vitest'
import { byCodePoints } from '../src/code-points.js'

it('texts are ordered like their UTF-8 bytes', () => {
  const texts = [
    '',
    'a',
    'aa',
    'ab',
    'b',
    'Z',
    'é',
    '\u{ffff}',
    '\u{e000}',
    '\u{1f600}',
    'a\u{ffff}',
    'a\u{1f600}',
    '\u{1f600}a',
  ]
  for (const a of texts) {
    for (const b of texts) {
      expect(Math.sign(byCodePoints(a, b)), `${a} ${b}`).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }
  }
})
