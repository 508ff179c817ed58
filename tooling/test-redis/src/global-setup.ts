// Without an import the declaration below would make a new module and not extend vitest's.
import type {} from 'vitest'
import type { TestProject } from 'vitest/node'
import { startTestRedis } from './start-test-redis.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of this run: `inject('redisUrl')`. Shared by all test files, so each takes its own namespace. */
    redisUrl: string
  }
}

/** Vitest's `globalSetup` of the projects that test against Redis: one server for all their files. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await startTestRedis()
  project.provide('redisUrl', redis.url)
  return () => redis.stop()
}
