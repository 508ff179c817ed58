/** Measures whatever holds the jobs, from outside of the library. */
export interface StoreMeter {
  /** Memory in use, in bytes, once it has come to rest. */
  bytes(): Promise<number>
  /** CPU seconds that the server has used; `undefined` when the jobs are in this process. */
  cpuSeconds(): Promise<number | undefined>
  close(): Promise<void>
}
