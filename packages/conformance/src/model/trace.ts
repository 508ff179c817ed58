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
  // Not a property: runners print those of an error, and the trace says it better.
  readonly #steps: readonly Step[]

  /** `steps`: all calls of the sequence, up to the one that went wrong. */
  constructor(message: string, steps: readonly Step[], cause?: unknown) {
    super(message, { cause })
    this.#steps = steps
  }

  get steps(): readonly Step[] {
    return this.#steps
  }
}

/** The calls, one a line, each with its outcome; with both outcomes where they do not agree. */
export function showTrace(steps: readonly Step[]): string {
  return steps.flatMap((step, index) => linesOf(step, index + 1)).join('\n')
}

function linesOf(step: Step, number: number): string[] {
  const lines = [`${String(number).padStart(4)}. ${step.asked()}`]
  const store = 'store' in step ? outcomeText(step.store) : 'nothing came back'
  if (step.difference !== undefined) lines.push(`      ✗ ${step.difference}`)
  if (!('model' in step)) return 'store' in step ? [...lines, `      → ${store}`] : lines
  const model = outcomeText(step.model)
  // Where they agree they differ at most in generations.
  if ('store' in step && step.difference === undefined) return [...lines, `      → ${model}`]
  return [...lines, `      model → ${model}`, `      store → ${store}`]
}

function outcomeText(outcome: unknown): string {
  if (outcome === undefined) return 'done'
  const text = JSON.stringify(outcome)
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text
}
