import { turns } from './turns.js'

/** The rejections that nobody handled while `run` ran: each of them would end a user's process. */
export async function unhandledDuring(run: () => unknown): Promise<unknown[]> {
  const seen: unknown[] = []
  const others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', (reason) => seen.push(reason))
  try {
    await run()
    await turns()
  } finally {
    process.removeAllListeners('unhandledRejection')
    for (const other of others) process.on('unhandledRejection', other)
  }
  return seen
}
