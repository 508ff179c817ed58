import type { Handler, HandlerContext, Job } from '@goscheds/core'
import { type StepByStep, yieldStepByStep } from '../asked/step-by-step.js'
import { actOut } from './act-out.js'
import type { Host } from './host.js'
import type { Act } from './job-plan.js'
import type { Surroundings } from './services.js'
import { never, type Stage } from './stage.js'

const MAX_GOING_BACK = 2
const SLOT_TAKEN = new Error('its slot was taken')
/** A millisecond before core does it. */
const SLOT_TAKEN_AFTER_MS = 999

/** The handler of every job: does what the args say, and has its runs written down. */
export function simulatedHandler(process: string, host: Host, surroundings: Surroundings): Handler<Act> {
  const { inside, outside, results, onStart } = surroundings
  const stage = stageOn(host, surroundings)
  return async (job, context) => {
    let acting: Promise<unknown> | undefined
    const taken = slotTaken(host, context.signal)
    taken.catch(() => {})
    const run = async (): Promise<unknown> => {
      onStart(job)
      if (isGenerator(job)) return yieldStepByStep(job, context, stage, taken)
      acting = act(job, context)
      return Promise.race([acting, taken])
    }
    const act = async (...[given, its]: [Job<Act>, HandlerContext]): Promise<unknown> => {
      try {
        const value = await actOut(given, its, stage)
        results.returned(job.id, value)
        return value
      } catch (error) {
        results.threw(job.id, error)
        throw error
      }
    }
    try {
      const value = await inside.handler(process, outside.handler(process, run))(job, context)
      if (!isGenerator(job)) return value
      return goingOn(job, value as AsyncGenerator<unknown, unknown, void>, taken, surroundings)
    } catch (error) {
      if (error !== SLOT_TAKEN) throw error
      return acting
    }
  }
}

function isGenerator(job: Job<Act>): job is Job<StepByStep> {
  return job.args.act === 'go step by step' && job.args.as === 'generator'
}

/** To a history it has ended when its slot is taken, although it goes on: at its work, or where it waits to be resumed. */
async function* goingOn(
  { id }: Job,
  generator: AsyncGenerator<unknown, unknown, void>,
  taken: Promise<never>,
  { results }: Surroundings,
): AsyncGenerator<unknown, unknown, void> {
  let isWaiting = false
  taken.catch(() => {
    if (isWaiting) generator.throw(SLOT_TAKEN).catch(() => {})
  })
  try {
    let step = await generator.next()
    while (step.done !== true) {
      let refused: { readonly error: unknown } | undefined
      isWaiting = true
      try {
        yield step.value
      } catch (error) {
        refused = { error }
      } finally {
        isWaiting = false
      }
      step = refused === undefined ? await generator.next() : await generator.throw(refused.error)
    }
    results.returned(id, step.value)
    return step.value
  } catch (error) {
    if (error === SLOT_TAKEN) return never()
    results.threw(id, error)
    throw error
  } finally {
    await generator.return(undefined)
  }
}

function stageOn(host: Host, { network, ledger, note, isHealthy, snoozes }: Surroundings): Stage {
  return {
    ...{ host, network, ledger, note, isHealthy },
    isToGoBack({ id, enqueuedAt }) {
      const key = `${id} ${enqueuedAt.getTime()}`
      const times = snoozes.get(key) ?? 0
      if (times === MAX_GOING_BACK) return false
      snoozes.set(key, times + 1)
      return true
    },
    async dieUnlessRecovered({ recoveries }) {
      if (recoveries > 0 || network.isHealed) return
      network.count('killed by its job')
      host.crash()
      return never()
    },
  }
}

/**
 * Rejects right before core takes the slot of a handler that goes on after its abort: to a history it has ended then,
 * although it goes on.
 */
function slotTaken(host: Host, signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => void host.after(SLOT_TAKEN_AFTER_MS, () => reject(SLOT_TAKEN))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}
