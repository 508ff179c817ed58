import { auditCases } from './cases/audit.js'
import { cancelRequestCases } from './cases/cancel-request.js'
import { cancelCases } from './cases/cancel.js'
import { claimCases } from './cases/claim.js'
import { heldTableCases } from './cases/command-table-held.js'
import { commandTableCases } from './cases/command-table.js'
import { countsCases } from './cases/counts.js'
import { expiryCases } from './cases/expiry.js'
import { enqueueCases } from './cases/enqueue.js'
import { extendCases } from './cases/extend.js'
import { failuresCases } from './cases/failures.js'
import { fenceCases } from './cases/fence.js'
import { getCases } from './cases/get.js'
import { groupsCases } from './cases/groups.js'
import { groupsKeptCases } from './cases/groups-kept.js'
import { groupsLimitsCases } from './cases/groups-limits.js'
import { groupsOrderedCases } from './cases/groups-ordered.js'
import { groupsRateCases } from './cases/groups-rate.js'
import { handleCases } from './cases/handles.js'
import { keptCases } from './cases/kept.js'
import { lifecycleCases } from './cases/lifecycle.js'
import { limitsCases } from './cases/limits.js'
import { limitsConcurrencyCases } from './cases/limits-concurrency.js'
import { limitsHeldCases } from './cases/limits-held.js'
import { limitsRateCases } from './cases/limits-rate.js'
import { listCases } from './cases/list.js'
import { pauseCases } from './cases/pause.js'
import { priorityCases } from './cases/priority.js'
import { promoteCases } from './cases/promote.js'
import { pruneCases } from './cases/prune.js'
import { reapCases } from './cases/reap.js'
import { reportCases } from './cases/report.js'
import { redriveCases } from './cases/redrive.js'
import { removeCases } from './cases/remove.js'
import { rescheduleCases } from './cases/reschedule.js'
import { scheduleBufferedCases } from './cases/schedule-buffered.js'
import { scheduleCancelOtherCases } from './cases/schedule-cancel-other.js'
import { scheduleDeadCases } from './cases/schedule-dead.js'
import { scheduleFireCases } from './cases/schedule-fires.js'
import { scheduleOverlapCases } from './cases/schedule-overlap.js'
import { scheduleTurnCases } from './cases/schedule-turns.js'
import { scheduleDueCases } from './cases/schedules-due.js'
import { scheduleListCases } from './cases/schedules-listed.js'
import { scheduleCases } from './cases/schedules.js'
import { setAsideCases } from './cases/set-aside.js'
import { settleLostCases } from './cases/settle-lost.js'
import { settleCases } from './cases/settle.js'
import { subscribeCases } from './cases/subscribe.js'
import { textCases } from './cases/texts.js'
import { uniqueCases } from './cases/unique.js'
import { uniqueFreedCases } from './cases/unique-freed.js'
import { uniqueParkedCases } from './cases/unique-parked.js'
import { waitForReadyCases } from './cases/wait-for-ready.js'
import { waitsThatClaimCases } from './cases/waits-that-claim.js'
import { workersCases } from './cases/workers.js'
import type { ConformanceCase } from './conformance-case.js'
import { failureScenarios } from './scenarios/failures.js'
import { throughputScenarios } from './scenarios/throughput.js'

/** Every case of the suite, in the order in which a store is best made to pass them. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...lifecycleCases,
  ...enqueueCases,
  ...textCases,
  ...promoteCases,
  ...claimCases,
  ...fenceCases,
  ...waitForReadyCases,
  ...waitsThatClaimCases,
  ...setAsideCases,
  ...extendCases,
  ...settleCases,
  ...settleLostCases,
  ...reapCases,
  ...handleCases,
  ...getCases,
  ...countsCases,
  ...listCases,
  ...cancelCases,
  ...cancelRequestCases,
  ...rescheduleCases,
  ...removeCases,
  ...redriveCases,
  ...pruneCases,
  ...workersCases,
  ...subscribeCases,
  ...pauseCases,
  ...reportCases,
  ...failuresCases,
  ...keptCases,
  ...priorityCases,
  ...expiryCases,
  ...uniqueCases,
  ...uniqueFreedCases,
  ...uniqueParkedCases,
  ...scheduleCases,
  ...scheduleListCases,
  ...scheduleDueCases,
  ...scheduleFireCases,
  ...scheduleTurnCases,
  ...scheduleDeadCases,
  ...scheduleOverlapCases,
  ...scheduleCancelOtherCases,
  ...scheduleBufferedCases,
  ...limitsCases,
  ...limitsConcurrencyCases,
  ...limitsHeldCases,
  ...limitsRateCases,
  ...groupsCases,
  ...groupsKeptCases,
  ...groupsLimitsCases,
  ...groupsRateCases,
  ...groupsOrderedCases,
  ...auditCases,
  ...commandTableCases,
  ...heldTableCases,
  ...throughputScenarios,
  ...failureScenarios,
]
