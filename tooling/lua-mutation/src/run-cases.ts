import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { conformanceCases, runCase } from '@goscheds/conformance'
import { type ManualRedisStore, openManualRedisStore } from '@goscheds/redis/testing'
import { Redis } from 'ioredis'
import { scriptCases } from '../../../packages/redis/test/script-cases.js'
import type { ScriptCase } from '../../../packages/redis/test/script-cases/script-case.js'
import type { CaseRun, LaneJob } from './lane-messages.js'

const conformanceById = new Map(conformanceCases.map((one) => [one.id, one]))
const scriptCaseById = new Map(scriptCases.map((one) => [one.id, one]))

/** The ids of all cases that {@link runCases} knows: of the conformance suite, and of the scripts themselves. */
export const caseIds: readonly string[] = [...conformanceById.keys(), ...scriptCaseById.keys()]

// Short, because most things happen at once; a case that says that something came too late gets a second, longer
// chance, so that a busy machine is not taken for a fault.
const FIRST = { patienceMs: 300, deadlineMs: 2_000 }
const SECOND = { patienceMs: 2_000, deadlineMs: 5_000 }
const TOO_LATE = /not within \d+ ms|not done within \d+ ms/

/** Runs the cases of a job one after the other on the server; stops at the first that fails. */
export async function runCases(url: string, job: LaneJob, atWork: () => void): Promise<CaseRun[]> {
  const runs: CaseRun[] = []
  for (const id of job.cases) {
    atWork()
    let run = await runOnce(url, job, id, FIRST)
    if (TOO_LATE.test(run.failure ?? '')) {
      atWork()
      run = await runOnce(url, job, id, SECOND)
    }
    runs.push(run)
    if (run.failure !== undefined) break
  }
  return runs
}

async function runOnce(url: string, job: LaneJob, id: string, times: typeof FIRST): Promise<CaseRun> {
  const methods = new Set<string>()
  const began = performance.now()
  const outcome = await runEither(url, job, id, times, methods).then(
    () => ({}),
    (error: unknown) => ({ failure: error instanceof Error ? error.message : String(error) }),
  )
  return { id, ...outcome, methods: [...methods], tookMs: performance.now() - began }
}

async function runEither(
  url: string,
  { replaced }: LaneJob,
  id: string,
  times: typeof FIRST,
  methods: Set<string>,
): Promise<void> {
  const open = async (namespace: string): Promise<ManualRedisStore> => {
    const manual = await openManualRedisStore({ connection: url, namespace, replaced })
    return {
      ...manual,
      store: noting(manual.store, methods),
      connect: async () => noting(await manual.connect(), methods),
    }
  }
  const ofSuite = conformanceById.get(id)
  const ofScripts = scriptCaseById.get(id)
  if (ofSuite !== undefined) await runCase(ofSuite, { ...times, open: ({ namespace }) => open(namespace) })
  else if (ofScripts !== undefined) await runScriptCase(ofScripts, url, open, times.deadlineMs)
  else throw new TypeError(`there is no case ${id}`)
}

async function runScriptCase(
  { run }: ScriptCase,
  url: string,
  open: (namespace: string) => Promise<ManualRedisStore>,
  deadlineMs: number,
): Promise<void> {
  const namespace = `case-${randomUUID()}`
  const client = new Redis(url)
  const manual = await open(namespace)
  const deadline = new AbortController()
  try {
    await Promise.race([
      run({ ...manual, client, key: (rest) => `{${namespace}}:${rest}` }),
      setTimeout(deadlineMs, undefined, { signal: deadline.signal }).then(() => {
        throw new Error(`the case was not done within ${String(deadlineMs)} ms`)
      }),
    ])
  } finally {
    deadline.abort()
    client.disconnect()
    await manual.close()
  }
}

/** The store, with the names of the methods that are called added to the set. */
function noting<T extends object>(store: T, methods: Set<string>): T {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      methods.add(String(name))
      return value.bind(target) as unknown
    },
  })
}
