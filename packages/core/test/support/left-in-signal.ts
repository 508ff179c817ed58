import { getEventListeners } from 'node:events'

/** How much holds on to a signal: listeners, and what `AbortSignal.any` leaves behind. */
export function leftInSignal(signal: AbortSignal): number {
  const symbol = Object.getOwnPropertySymbols(signal).find((each) => String(each).includes('Dependant'))
  const dependents = symbol && (signal as unknown as Record<symbol, { size: number } | undefined>)[symbol]
  return getEventListeners(signal, 'abort').length + (dependents?.size ?? 0)
}
