import type { History, RecordedInput, RecordedMethod, RecordedOutput } from '@goscheds/conformance/history'

/** A call of the store that was answered. */
export type Answered = {
  readonly [Method in RecordedMethod]: {
    readonly method: Method
    readonly input: RecordedInput<Method>
    readonly output: RecordedOutput<Method>
    readonly at: number
  }
}[RecordedMethod]

/** The calls that were answered, in the order in which they began: inside a sound store, that of their effects. */
export function answeredCalls({ events }: History): readonly Answered[] {
  const outputs = new Map<number, unknown>()
  for (const event of events) if (event.type === 'ok') outputs.set(event.call, event.output)
  const answered: Answered[] = []
  for (const event of events) {
    if (event.type !== 'invoke' || !outputs.has(event.call)) continue
    const { method, input, at, call } = event
    answered.push({ method, input, output: outputs.get(call), at } as Answered)
  }
  return answered
}
