const MOST_TEXT = 2_000

/** One call of a sequence on both stores. What is not there yet had not come back. */
export interface Step {
  /** What was asked, in words and JSON; called only when the trace is shown. */
  readonly asked: () => string
  model?: unknown
  store?: unknown
  difference?: string
}

/** A store did something else than the model, or the model could not be followed; says where, step by step. */
export class ModelMismatch extends Error {
  override readonly name = 'ModelMismatch'
  readonly steps: readonly Step[]

  /** `steps`: all calls of the sequence, up to the one that went wrong. */
  constructor(message: string, steps: readonly Step[], cause?: unknown) {
    super(message, { cause })
    this.steps = steps
  }
}

/** The calls, one a line, each with its outcome; with both outcomes where they are not the same text. */
export function showTrace(steps: readonly Step[]): string {
  return steps.flatMap((step, index) => linesOf(step, index + 1)).join('\n')
}

function linesOf(step: Step, number: number): string[] {
  const lines = [`${String(number).padStart(4)}. ${step.asked()}`]
  if (step.difference !== undefined) lines.push(`      ✗ ${step.difference}`)
  const model = 'model' in step ? outcomeText(step.model) : undefined
  const store = 'store' in step ? outcomeText(step.store) : 'nothing came back'
  if (model === undefined && !('store' in step)) return lines
  if (model === undefined) lines.push(`      → ${store}`)
  else if (model === store && step.difference === undefined) lines.push(`      → ${model}`)
  else lines.push(`      model → ${model}`, `      store → ${store}`)
  return lines
}

function outcomeText(outcome: unknown): string {
  if (outcome === undefined) return 'done'
  const text = JSON.stringify(outcome)
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text
}
