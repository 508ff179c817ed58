import type { NewJob } from '../contract/job.js'
import { GoschedsError } from '../errors.js'
import { asDefinition, type JobDefinition } from '../job/definition.js'
import { asksFor, toNewJob } from '../job/record.js'
import { parseWith } from '../job/standard-schema.js'
import type { ServiceSettings } from '../service/settings.js'

/**
 * Makes of what a user gave a job that the store can take.
 * @param options with names that are known
 * @throws GoschedsError naming what is wrong, or what the store does not carry out
 */
export async function prepareJob(
  { codec, runtime, store }: ServiceSettings,
  target: string | JobDefinition,
  args: unknown,
  options: Record<string, unknown>,
): Promise<NewJob> {
  const definition = asDefinition(target)
  if (definition?.argsSchema !== undefined) await parseWith(definition.argsSchema, args, 'args')
  const name = definition?.name ?? (target as string)
  const job = toNewJob({ name, args, defaults: definition?.options ?? {}, options }, codec, () => runtime.newId())
  const asked = asksFor(job, store.capabilities)
  if (asked === undefined) return job
  throw new GoschedsError('NOT_SUPPORTED', `the ${store.kind} store does not carry out the option ${asked}`)
}
