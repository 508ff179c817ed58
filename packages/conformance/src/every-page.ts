import type { Store, StoredJob, StoredSchedule, StoreInput, StoreOutput } from '@goscheds/core'

const MOST_PAGES = 1_000

/** A listing, page by page to its end. Where a page ends is the store's choice, up to the limit. */
export async function everyPage(
  store: Store,
  input: Omit<StoreInput<'list'>, 'cursor'>,
): Promise<{ jobs: StoredJob[]; isWithinLimit: boolean }> {
  const jobs: StoredJob[] = []
  let isWithinLimit = true
  let cursor: string | null = null
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await store.list({ ...input, cursor })
    jobs.push(...page.jobs)
    isWithinLimit &&= page.jobs.length <= input.limit
    cursor = page.cursor
    if (cursor === null) return { jobs, isWithinLimit }
  }
  throw new Error(`list had another page ${MOST_PAGES} times`)
}

/** All schedules, page by page to the end. Where a page ends is the store's choice, up to the limit. */
export async function everySchedulePage(
  store: Store,
  limit: number,
): Promise<{ schedules: StoredSchedule[]; isWithinLimit: boolean }> {
  const schedules: StoredSchedule[] = []
  let isWithinLimit = true
  let cursor: string | null = null
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page: Awaited<StoreOutput<'listSchedules'>> = await store.listSchedules({ limit, cursor })
    schedules.push(...page.schedules)
    isWithinLimit &&= page.schedules.length <= limit
    cursor = page.cursor
    if (cursor === null) return { schedules, isWithinLimit }
  }
  throw new Error(`listSchedules had another page ${MOST_PAGES} times`)
}
