import type { Metric, RunContext } from '../scenario.js'

const PER_JOBS = 10_000

/** The metrics of {@link cpuMeter}. */
export const cpuMetrics: readonly Metric[] = [
  { key: 'nodeCpu', label: 'Node CPU s/10,000', digits: 3 },
  { key: 'redisCpu', label: 'Redis CPU s/10,000', digits: 3 },
]

/** Begins to measure CPU time; the result tells what was used since then for each 10,000 of so many jobs. */
export async function cpuMeter(
  meter: RunContext['meter'],
): Promise<(jobs: number) => Promise<{ readonly nodeCpu: number; readonly redisCpu?: number }>> {
  const redisBefore = await meter.cpuSeconds()
  const nodeBefore = process.cpuUsage()
  return async (jobs) => {
    const { user, system } = process.cpuUsage(nodeBefore)
    const redisAfter = await meter.cpuSeconds()
    return {
      nodeCpu: ((user + system) / 1e6 / jobs) * PER_JOBS,
      ...(redisBefore !== undefined &&
        redisAfter !== undefined && { redisCpu: ((redisAfter - redisBefore) / jobs) * PER_JOBS }),
    }
  }
}
