import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

// Shows both programs side by side: starts a worker, runs a producer, and stops the worker after the third email.
const NAMESPACE = `two-processes-${randomUUID()}`

function run(program: 'producer' | 'worker', onLine: (line: string) => void = () => {}): ChildProcess {
  const file = fileURLToPath(new URL(`${program}.ts`, import.meta.url))
  // `execArgv` is what makes this very process read TypeScript.
  const child = spawn(process.execPath, [...process.execArgv, file, ...process.argv.slice(2)], {
    env: { ...process.env, NAMESPACE },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(`${program.padEnd(8)} | ${line}`)
    onLine(line)
  })
  return child
}

let emails = 0
const worker = run('worker', (line) => {
  if (line.startsWith('email to') && ++emails === 3) worker.kill('SIGTERM')
})
const workerEnd = once(worker, 'close')

const [producerCode] = await once(run('producer'), 'close')
if (producerCode !== 0) worker.kill('SIGTERM')
const [workerCode] = await workerEnd
process.exitCode = producerCode === 0 && workerCode === 0 ? 0 : 1
