import type { Draws } from './generations.js'

/**
 * Where the store's outcome first departs from the model's, or nothing where it keeps the contract: everything
 * is equal but generations and revisions, which agree as {@link Generations} says, and `nextDueInMs`, which may have a fraction.
 */
export function firstDifference(model: unknown, store: unknown, draws: Draws, path = ''): string | undefined {
  if (Array.isArray(model) && Array.isArray(store)) return inLists(model, store, draws, path)
  if (isRecord(model) && isRecord(store)) return inRecords(model, store, draws, path)
  if (Object.is(model, store)) return undefined
  return `${path === '' ? 'the outcome' : path.replace(/^\./, '')} is ${show(model)} in the model and ${show(store)} in the store`
}

function inLists(model: readonly unknown[], store: readonly unknown[], draws: Draws, path: string): string | undefined {
  for (const [index, value] of model.entries()) {
    if (index >= store.length) break
    const difference = firstDifference(value, store[index], draws, `${path}[${index}]`)
    if (difference !== undefined) return difference
  }
  return firstDifference(model.length, store.length, draws, `${path}.length`)
}

function inRecords(
  model: Readonly<Record<string, unknown>>,
  store: Readonly<Record<string, unknown>>,
  draws: Draws,
  path: string,
): string | undefined {
  for (const key of new Set([...Object.keys(model), ...Object.keys(store)])) {
    const [a, b] = [model[key], store[key]]
    if (typeof a === 'number' && typeof b === 'number') {
      if (key === 'generation' || key === 'revision') {
        if (draws[key].agree(a, b)) continue
        return `${path}.${key}: ${a} of the model cannot be ${b} of the store`
      }
      if (key === 'nextDueInMs' && b >= 0 && Math.abs(a - b) < 1) continue
    }
    const difference = firstDifference(a, b, draws, `${path}.${key}`)
    if (difference !== undefined) return difference
  }
  return undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value)
}
