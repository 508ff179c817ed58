import { Worker } from '@goscheds/core'
import { connect } from './connect.js'

// Imports ten rows. `--die-after 5`: the power fails behind the fifth.
const dieAfter = process.argv[3] === '--die-after' ? Number(process.argv[4]) : Infinity
const ROWS = 10

const store = connect()
// A short lease, so that the demonstration need not wait long for the reaper. The default is 30 s.
const worker = new Worker({ store, leaseMs: 1_000 })

// Each `yield` is a checkpoint: the handler goes on once it is stored, and the next attempt begins behind it.
worker.registerHandler<{ file: string }>('import', async function* (job) {
  const { row: done } = (job.checkpoint ?? { row: 0 }) as { row: number }
  console.log(`${job.args.file}: ${done === 0 ? 'from the start' : `on from row ${done + 1}, after a crash`}`)
  for (let row = done + 1; row <= ROWS; row++) {
    console.log(`row ${row}`)
    yield { row }
    if (row === dieAfter) process.kill(process.pid, 'SIGKILL')
  }
  console.log('all imported')
})
worker.on('error', (error) => console.error(error.message))
worker.start()

process.once('SIGTERM', () => void worker.stop().then(() => store.close()))
