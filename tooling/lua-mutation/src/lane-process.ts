import type { LaneJob, LaneMessage } from './lane-messages.js'
import { runCases } from './run-cases.js'

// The process of a lane: it gets the address of its server as an argument, and jobs one at a time as messages.
const url = process.argv[2] ?? ''
const say = (message: LaneMessage): void => void process.send?.(message)

process.on('message', (job: LaneJob) => {
  void runCases(url, job, () => say({ type: 'at-work' })).then((runs) => say({ type: 'done', runs }))
})
// Without this, what a faulty store leaves open would keep the process when its parent is gone.
process.on('disconnect', () => process.exit())
