import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Scheduler } from '@goscheds/core'

process.env['NAMESPACE'] = `resumable-import-${randomUUID()}`
const { connect } = await import('./connect.js')

/** Starts a worker as a process of its own. */
function startWorker(title: string, onLine: (line: string) => void, ...args: readonly string[]): ChildProcess {
  const file = fileURLToPath(new URL('worker.ts', import.meta.url))
  const url = process.argv[2] ?? 'redis://localhost:6379'
  // `execArgv` is what makes this very process read TypeScript.
  const child = spawn(process.execPath, [...process.execArgv, file, url, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(`${title} | ${line}`)
    onLine(line)
  })
  return child
}

const store = connect()
const scheduler = new Scheduler({ store, reapIntervalMs: 200 })
scheduler.on('reaped', ({ id, outcome }) => console.log(`reaper   | the worker of ${id} is gone: ${outcome} again`))
scheduler.start()
await scheduler.push('import', { file: 'customers.csv' }, { id: 'import-1' })

const [, signal] = await once(
  startWorker('worker 1', () => {}, '--die-after', '5'),
  'close',
)
console.log(`worker 1 | killed by ${signal}`)

const second = startWorker('worker 2', (line) => line === 'all imported' && second.kill('SIGTERM'))
await once(second, 'close')

await scheduler.stop()
await store.close()
