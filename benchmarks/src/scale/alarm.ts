import { Worker } from 'node:worker_threads'

/** What it takes on a Linux machine to wake a thread and then this one, in milliseconds: so much earlier it is woken. */
const WAKING_MS = 0.12

/** Sleeps where nothing else is to be done, as the timers of Node know whole milliseconds only. */
const SLEEPER = `
const { parentPort } = require('node:worker_threads')
const cell = new Int32Array(new SharedArrayBuffer(4))
parentPort.on('message', (until) => {
  Atomics.wait(cell, 0, 0, Math.max(0, until - Number(process.hrtime.bigint()) / 1e6))
  parentPort.postMessage('now')
})
`

/** Milliseconds with fractions, the same in every thread. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Calls back about an instant, to a tenth of a millisecond before or behind it, without a busy loop. */
export class Alarm {
  readonly #sleeper = new Worker(SLEEPER, { eval: true })

  constructor(onRing: () => void) {
    this.#sleeper.on('message', onRing)
    this.#sleeper.unref()
  }

  /** Rings at this time of {@link now}. One at a time: the next is set when the last has rung. */
  set(at: number): void {
    this.#sleeper.postMessage(at - WAKING_MS)
  }

  async close(): Promise<void> {
    await this.#sleeper.terminate()
  }
}
