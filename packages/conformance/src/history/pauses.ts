import { type Call, isBefore, mayPrecede, type Span } from './calls.js'

/** A pause or a resume. */
export type SetPaused = Call<'setPaused'>

/** A pause that was certainly in force when that took effect. */
export function pauseInForce(controls: readonly SetPaused[], name: string, that: Span): SetPaused | undefined {
  return controls.find((pause) => {
    if (!covers(pause, name) || !isBefore(pause, that)) return false
    return !controls.some((one) => lifts(one, pause, name) && mayPrecede(pause, one) && mayPrecede(one, that))
  })
}

/** Whether any pause may have been in force when that took effect; `since`: something that shows that none was then. */
export function mayBePaused(controls: readonly SetPaused[], name: string, that: Span, since?: Span): boolean {
  return controls.some((pause) => {
    if (!covers(pause, name) || !mayPrecede(pause, that) || (since !== undefined && isBefore(pause, since)))
      return false
    return !controls.some((one) => lifts(one, pause, name) && isBefore(pause, one) && isBefore(one, that))
  })
}

/** Whether any pause may have been in force at some time from the one to the other. */
export function mayBePausedMeanwhile(controls: readonly SetPaused[], name: string, since: Span, by: Span): boolean {
  if (mayBePaused(controls, name, since)) return true
  return controls.some((pause) => covers(pause, name) && mayPrecede(since, pause) && mayPrecede(pause, by))
}

function covers({ input: { names, paused } }: SetPaused, name: string): boolean {
  return paused && (names === undefined || names.includes(name))
}

/** Whether the one ends what the other begins: the name and the namespace are paused apart. */
function lifts({ input: one }: SetPaused, { input: other }: SetPaused, name: string): boolean {
  if (one.paused) return false
  return other.names === undefined ? one.names === undefined : one.names?.includes(name) === true
}
