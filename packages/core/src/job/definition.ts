import { InvalidArgumentError } from '../errors.js'
import type { Backoff, BackoffFunction } from './backoff.js'
import { checkName, checkOptions } from './checks.js'
import { checkJobOptions, DEFINITION_OPTION_NAMES, type DueTime, type JobOptions, type PushOptions } from './options.js'
import type { StandardSchema } from './standard-schema.js'

/** One job of a `pushMany`. Neither `executeAt` nor `delayMs`: due now. */
export type JobEntry<Args = unknown> = PushOptions &
  Partial<DueTime> & {
    readonly name: string
    readonly args: Args
    /** Set by `definition.entry`: whose schema the args are checked with, and whose options apply. */
    readonly definition?: JobDefinition<Args>
  }

/**
 * One kind of job, shared by producer and worker: its name, its types, its options.
 * `Args` is what a producer passes, `Parsed` what the handler gets (they differ when the schema of the
 * args transforms), `Result` what the handler returns.
 */
export interface JobDefinition<Args = unknown, Result = unknown, Parsed = Args> {
  readonly name: string
  readonly options: JobOptions
  /** The back-off as a function, if that is what was given; the worker's, not in `options`. */
  readonly backoff: BackoffFunction | undefined
  readonly argsSchema: StandardSchema<Args, Parsed> | undefined
  readonly resultSchema: StandardSchema<Result, unknown> | undefined
  /** An entry for `pushMany`. */
  entry(args: Args, options?: PushOptions & Partial<DueTime>): JobEntry<Args>
}

interface Definable extends Omit<JobOptions, 'backoff'> {
  readonly name: string
  /** As data it travels with each job; as a function it is the worker's that registers this definition. */
  readonly backoff?: Backoff | BackoffFunction | undefined
}

/**
 * Defines a kind of job. With schemas (any Standard Schema) the args are checked at push and parsed again
 * before the handler sees them, and the types follow from the schemas; without, give the types by hand:
 * `defineJob<{ to: string }, void>({ name: 'email' })`.
 * @throws InvalidArgumentError naming the option that is missing, wrong or unknown
 */
export function defineJob<Args, Parsed, Result = unknown>(
  definition: Definable & {
    readonly args: StandardSchema<Args, Parsed>
    readonly result?: StandardSchema<Result, unknown>
  },
): JobDefinition<Args, Result, Parsed>
export function defineJob<Args = unknown, Result = unknown>(
  definition: Definable & { readonly args?: undefined; readonly result?: StandardSchema<Result, unknown> },
): JobDefinition<Args, Result>
export function defineJob(
  definition: Definable & { readonly args?: StandardSchema | undefined; readonly result?: StandardSchema | undefined },
): JobDefinition {
  const checked = checkOptions('a definition', definition, ['name', 'args', 'result', ...DEFINITION_OPTION_NAMES])
  const name = checkName('name', checked['name'])
  const { backoff } = definition
  const isFunction = typeof backoff === 'function'
  const options = checkJobOptions(isFunction ? { ...checked, backoff: undefined } : checked)
  const argsSchema = checkSchema('args', definition.args)
  const resultSchema = checkSchema('result', definition.result)
  const defined: JobDefinition = {
    name,
    options,
    backoff: isFunction ? backoff : undefined,
    argsSchema,
    resultSchema,
    entry: (args, entryOptions = {}) => ({ ...entryOptions, name, args, definition: defined }),
  }
  return defined
}

/** The definition, if that is what was given in place of a name. @throws InvalidArgumentError for another object */
export function asDefinition(target: unknown): JobDefinition | undefined {
  if (typeof target !== 'object' || target === null) return undefined
  if ('name' in target && 'options' in target && 'entry' in target) return target as JobDefinition
  throw new InvalidArgumentError('a job is named by a string or by what defineJob() returned')
}

function checkSchema(what: string, schema: StandardSchema | undefined): StandardSchema | undefined {
  const standard = (schema as Partial<StandardSchema> | null | undefined)?.['~standard']
  if (schema !== undefined && typeof standard?.validate !== 'function') {
    throw new InvalidArgumentError(`${what} must be a Standard Schema (zod, valibot, arktype, …)`)
  }
  return schema
}
