import type { GroupLimits, NameLimits, RateLimit } from '@goscheds/core'

// lua/lib/limits.lua reads the same text; the version is in front.
const VERSION = '1'

/** What a name is held to, as it is stored; the empty text for nothing. */
export function encodeLimits(limits: NameLimits | null): string {
  if (limits === null) return ''
  const { concurrency, rate, perGroup } = limits
  const texts = [VERSION, concurrency, ...encodeRate(rate), perGroup && 'g', perGroup?.concurrency]
  const ordered = perGroup?.ordered === undefined ? '' : Number(perGroup.ordered)
  return [...texts, ...encodeRate(perGroup?.rate), ordered].map((value) => value ?? '').join('\t')
}

/** Reads it as it was set; nothing where there is none, or where a later release wrote it. */
export function decodeLimits(text: string): NameLimits | undefined {
  const [version, concurrency = '', limit, perMs, burst, ofGroup, ...group] = text.split('\t')
  if (version !== VERSION) return undefined
  return {
    ...(concurrency !== '' && { concurrency: Number(concurrency) }),
    ...decodeRate([limit, perMs, burst]),
    ...(ofGroup === 'g' && { perGroup: decodeGroupLimits(group) }),
  }
}

function decodeGroupLimits([concurrency = '', limit, perMs, burst, ordered = '']: readonly string[]): GroupLimits {
  return {
    ...(concurrency !== '' && { concurrency: Number(concurrency) }),
    ...decodeRate([limit, perMs, burst]),
    ...(ordered !== '' && { ordered: ordered === '1' }),
  }
}

function encodeRate(rate: RateLimit | undefined): (number | undefined)[] {
  return [rate?.limit, rate?.perMs, rate?.burst]
}

function decodeRate([limit = '', perMs, burst]: readonly (string | undefined)[]): { readonly rate?: RateLimit } {
  return limit === '' ? {} : { rate: { limit: Number(limit), perMs: Number(perMs), burst: Number(burst) } }
}
