import { InvalidArgumentError } from '../errors.js'

/**
 * The part of the Standard Schema interface (standardschema.dev) that core uses; schemas of zod, valibot,
 * arktype and others have it. Declared here by shape, so that core depends on none of them.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a schema's `validate` answers: the value, or the issues. */
export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

/** One thing a schema does not accept, and where. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Parses `value`. @throws InvalidArgumentError naming the path of the first issue. */
export async function parseWith<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
  what: string,
): Promise<Output> {
  const result = await schema['~standard'].validate(value)
  if (result.issues === undefined) return result.value
  const [first] = result.issues
  const path = (first?.path ?? []).map((part) => `.${String(typeof part === 'object' ? part.key : part)}`).join('')
  throw new InvalidArgumentError(`${what}${path}: ${first?.message ?? 'not valid'}`, { cause: result.issues })
}
