import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { Store } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import { RedisStore } from '@goscheds/redis'

const USAGE = 'usage: quickstart [--store memory | redis://host:port/db]'

/** The store that the command line names, ready to use. Says what is wrong and ends the program if there is none. */
export async function chooseStore(): Promise<Store> {
  const store = toStore(readStoreOption())
  await store.open().catch((error: unknown) => fail(messageOf(error)))
  return store
}

function readStoreOption(): string {
  try {
    const { values } = parseArgs({ options: { store: { type: 'string', default: 'memory' } } })
    return values.store
  } catch (error) {
    return fail(`${messageOf(error)}\n${USAGE}`)
  }
}

function toStore(choice: string): Store {
  if (choice === 'memory') return new MemoryStore()
  if (!/^rediss?:\/\/./.test(choice) || !URL.canParse(choice)) return fail(`there is no store '${choice}'\n${USAGE}`)
  // A namespace of its own, so that each run has nothing to do with what else is in this Redis.
  return new RedisStore({ connection: choice, namespace: `quickstart-${randomUUID()}` })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function fail(message: string): never {
  console.error(`quickstart: ${message}`)
  process.exit(1)
}
