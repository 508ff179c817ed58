/** Which seeds a test run takes: `GOSCHEDS_SIMULATION_SEEDS` of them (default 1,000) from `GOSCHEDS_SIMULATION_FROM` (1). */
export const seedCount = countOf('GOSCHEDS_SIMULATION_SEEDS', 1_000)
export const firstSeed = countOf('GOSCHEDS_SIMULATION_FROM', 1)

function countOf(variable: string, fallback: number): number {
  const text = process.env[variable]
  if (text === undefined || text === '') return fallback
  if (!/^\d+$/.test(text)) throw new Error(`${variable} must be a whole number, got '${text}'`)
  return Number(text)
}
