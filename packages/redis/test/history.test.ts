import { checkHistory, printViolation } from '@goscheds/conformance/history'
import { Inspector, type JobEntry, type UniqueOptions } from '@goscheds/core'
import { startOwnTestRedis } from '@goscheds/test-redis'
import { expect, it, onTestFinished } from 'vitest'
import { type Act, Crew, seededRandom } from './history-crew.js'

const NAMES = ['email', 'report', 'image']
const BEATS = 16
const BATCH = 20
const SEED_VARIABLE = 'GOSCHEDS_HISTORY_SEED'

type Random = (below: number) => number

/** One of a few keys, so that pushes meet, held in any way. */
function drawKey(random: Random): UniqueOptions {
  const key = `key-${random(4)}`
  const onConflict = (['ignore', 'replace', 'reschedule'] as const)[random(3)] ?? 'ignore'
  const kinds: readonly UniqueOptions[] = [
    { key, until: 'finished', onConflict },
    { key, until: 'finished', onConflict: 'runAgain' },
    { key, until: 'started', onConflict },
    { key, until: { ttlMs: 200 }, onConflict },
  ]
  return kinds[random(kinds.length)] ?? { key }
}

/** A job that succeeds, fails, retries, takes longer than its lease or is hopeless, and is due now or soon. */
function drawJob(random: Random, id: string): JobEntry {
  const args: Act = {
    takesMs: [0, 0, 5, 30, 120, 700][random(random(3) === 0 ? 6 : 4)] ?? 0,
    failures: random(4) === 0 ? 1 + random(4) : 0,
    isHopeless: random(20) === 0,
    reports: random(3) === 0,
  }
  return {
    ...{ name: NAMES[random(NAMES.length)] ?? 'email', args, id, maxAttempts: 3 },
    backoff: { type: 'fixed', delayMs: random(2) * random(150) },
    retain: { completedMs: random(2) * 3_600_000, deadMs: 3_600_000 },
    ...(random(3) === 0 && { executeAt: new Date(Date.now() + random(600)) }),
    ...(random(4) === 0 && { priority: random(3) - 1 }),
    ...(random(4) === 0 && { unique: drawKey(random) }),
    ...(random(10) === 0 && { expiresAt: new Date(Date.now() + random(800)) }),
  }
}

/** What an operator may ask of a job, whatever has become of it. */
async function command({ operator }: Crew, random: Random, id: string): Promise<void> {
  const commands = [
    () => operator.cancel(id),
    () => operator.cancel(id),
    () => operator.remove(id),
    () => operator.reschedule(id, { delayMs: random(400) }),
    () => operator.reschedule(id, { executeAt: new Date(Date.now() + random(400) - 200) }),
    () => operator.redrive(id),
    () => operator.get(id),
  ]
  await commands[random(commands.length)]?.()
}

async function play(crew: Crew, random: Random): Promise<void> {
  const ids: string[] = []
  const schedulers = [await crew.addScheduler(), await crew.addScheduler()]
  const workers = [await crew.addWorker(NAMES), await crew.addWorker(NAMES), await crew.addWorker(NAMES.slice(1))]
  // A fault begins in the handler that its worker begins next, which may be in a later beat.
  const faults: Promise<void>[] = []
  const freezeOne = (): void => void faults.push(...workers.slice(0, 1).map((worker) => worker.freezeInHandler()))
  const crashOne = async (): Promise<void> => {
    const [worker] = workers.splice(1 + random(workers.length - 1), 1)
    await worker?.crashInHandler()
    workers.push(await crew.addWorker(NAMES))
  }
  for (let beat = 0; beat < BEATS; beat++) {
    if (beat === 2 || beat === 10) freezeOne()
    if (beat === 3 || beat === 6) faults.push(crashOne())
    if (beat === 9) {
      await Promise.all(faults)
      await Promise.all([workers.pop()?.stop(), schedulers.pop()?.stop()])
      workers.push(await crew.addWorker(NAMES))
      schedulers.push(await crew.addScheduler())
    }
    const entries = Array.from({ length: BATCH }, (_, n) => {
      // Now and then an id that has been used.
      const used = random(15) === 0 ? ids[random(ids.length)] : undefined
      return drawJob(random, used ?? `job-${beat}-${n}`)
    })
    const goal = crew.starts + BATCH / 2
    const cutting = random(2) === 0 ? crew.cutOne(random) : undefined
    await Promise.all([crew.producer.pushMany(entries), cutting])
    ids.push(...entries.map(({ id = '' }) => id))
    const asked = Array.from({ length: 4 }, () => ids[Math.max(0, ids.length - 1 - random(2 * BATCH))] ?? '')
    await Promise.all(asked.map((id) => command(crew, random, id)))
    if (random(2) === 0) await crew.cutOne(random)
    if (beat % 5 === 1) await crew.pauseFor(150, [undefined, ...NAMES][random(4)])
    await crew.untilStarts(goal)
  }
  await Promise.all(faults)
  await crew.recorder.mark({ type: 'healthy', process: 'crew' })
  await crew.drained()
  await Promise.all([...workers, ...schedulers].map((member) => member.stop()))
  await crew.recorder.snapshot(crew.store, 'crew', { drained: true })
}

it(
  'a crew that is cut off, freezes, crashes and starts again keeps every guarantee (G1, G2, G3, G4, G5, G6, G7, G8)',
  { timeout: 40_000 },
  async () => {
    const seed = Number(process.env[SEED_VARIABLE] ?? Math.floor(Math.random() * 2 ** 31))
    const again = `to run it again: ${SEED_VARIABLE}=${seed}`
    const server = await startOwnTestRedis()
    onTestFinished(() => server.stop())
    const crew = await Crew.assemble(server.url, seed)
    onTestFinished(() => crew.disband())
    await play(crew, seededRandom(seed)).catch((cause: unknown) => {
      throw new Error(`${String(cause)}; ${again}`, { cause })
    })

    const history = crew.recorder.history()
    expect(checkHistory(history).map(printViolation), again).toEqual([])
    const report = await new Inspector({ store: crew.store }).verify()
    expect(report, again).toMatchObject({ findings: [], complete: true })
    // A line of the log whose job has been taken away from a frozen worker is refused.
    const isExpected = /^(STORE_.*|LEASE_LOST)$/
    const strange = crew.errors.filter((error) => !('code' in error) || !isExpected.test(String(error.code)))
    expect(strange, again).toEqual([])
    // It was no idle run.
    const count = (isSuch: (event: (typeof history.events)[number]) => boolean): number =>
      history.events.filter(isSuch).length
    expect(count(({ type }) => type === 'start')).toBeGreaterThan(BEATS * BATCH * 0.6)
    expect(count((event) => event.type === 'process' && event.what === 'crashed')).toBe(2)
    expect(count((event) => event.type === 'process' && event.what === 'resumed')).toBe(2)
    const unique = history.events.filter(
      (event) => event.type === 'ok' && /replaced|queuedAgain|rescheduled/.test(JSON.stringify(event.output)),
    )
    expect(unique.length, again).toBeGreaterThan(0)
    expect(count((event) => event.type === 'invoke' && event.method === 'report')).toBeGreaterThan(10)
    const reaps = history.events.filter((event) => event.type === 'ok' && hasReaped(event.output))
    expect(reaps.length, again).toBeGreaterThan(0)
  },
)

function hasReaped(output: unknown): boolean {
  return typeof output === 'object' && output !== null && 'reaped' in output && (output.reaped as unknown[]).length > 0
}
