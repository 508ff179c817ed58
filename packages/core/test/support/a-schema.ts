import type { SchemaResult, StandardSchema } from '../../src/index.js'

/** A Standard Schema from a function that answers the parsed value, or throws why there is none. */
export function aSchema<Input, Output = Input>(
  parse: (value: unknown) => Output | Promise<Output>,
  path: readonly PropertyKey[] = [],
): StandardSchema<Input, Output> {
  const issues = (error: unknown): SchemaResult<Output> => ({ issues: [{ message: (error as Error).message, path }] })
  return {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => {
        try {
          const parsed = parse(value)
          return parsed instanceof Promise ? parsed.then((output) => ({ value: output }), issues) : { value: parsed }
        } catch (error) {
          return issues(error)
        }
      },
    },
  }
}
