import type { NewJob } from '../contract/job.js'
import { GoschedsError } from '../errors.js'
import { asDefinition, type JobDefinition } from '../job/definition.js'
import { type JobOptions, NO_OPTIONS } from '../job/options.js'
import { asksFor, toNewJob } from '../job/record.js'
import { parseWith } from '../job/standard-schema.js'
import type { ServiceSettings } from '../service/settings.js'

/**
 * Makes of what a user gave a job that the store can take: at once, unless there is a schema that the args must pass first.
 * @param options with names that are known
 * @throws GoschedsError naming what is wrong, or what the store does not carry out
 */
export function prepareJob(
  settings: ServiceSettings,
  target: string | JobDefinition,
  args: unknown,
  options: Record<string, unknown>,
): NewJob | Promise<NewJob> {
  const definition = asDefinition(target)
  if (definition === undefined) return toStorable(settings, target as string, NO_OPTIONS, args, options)
  const { name, options: defaults, argsSchema } = definition
  if (argsSchema === undefined) return toStorable(settings, name, defaults, args, options)
  return parseWith(argsSchema, args, 'args').then(() => toStorable(settings, name, defaults, args, options))
}

function toStorable(
  { codec, runtime, store }: ServiceSettings,
  name: string,
  defaults: JobOptions,
  args: unknown,
  options: Record<string, unknown>,
): NewJob {
  const job = toNewJob({ name, args, defaults, options }, codec, () => runtime.newId())
  const asked = asksFor(job, store.capabilities)
  if (asked === undefined) return job
  throw new GoschedsError('NOT_SUPPORTED', `the ${store.kind} store does not carry out the option ${asked}`)
}
