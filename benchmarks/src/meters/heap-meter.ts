import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { StoreMeter } from './store-meter.js'

/** Measures this process's own heap, after a full collection. */
export function heapMeter(): StoreMeter {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  return {
    async bytes() {
      collect()
      return process.memoryUsage().heapUsed
    },
    async cpuSeconds() {
      return undefined
    },
    async close() {},
  }
}
