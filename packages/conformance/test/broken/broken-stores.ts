import { auditFaults } from './audit.js'
import { batchFaults } from './batches.js'
import { bufferedFaults } from './buffered.js'
import { cancelOtherFaults } from './cancel-others.js'
import { cancelRequestFaults } from './cancel-request.js'
import { claimFaults } from './claim.js'
import { controlFaults } from './control.js'
import { enqueueFaults } from './enqueue.js'
import { expiryFaults } from './expiry.js'
import { extendFaults } from './extend.js'
import { failingFaults } from './failing.js'
import type { Fault } from './fault.js'
import { deafHandles, finishingFaults } from './finishing.js'
import { fireFaults } from './fires.js'
import { groupsFaults } from './groups.js'
import { groupsKeptFaults } from './groups-kept.js'
import { groupsLimitsFaults } from './groups-limits.js'
import { groupsOrderedFaults } from './groups-ordered.js'
import { groupsRateFaults } from './groups-rate.js'
import { groupsShownFaults } from './groups-shown.js'
import { keepingFaults } from './keeping.js'
import { keepingReportsFaults } from './keeping-reports.js'
import { overlapFaults } from './overlaps.js'
import { limitsFaults } from './limits.js'
import { limitsHeldFaults } from './limits-held.js'
import { limitsRateFaults } from './limits-rate.js'
import { parkedFaults } from './parked.js'
import { pausingFaults } from './pausing.js'
import { priorityFaults } from './priority.js'
import { priorityTurnFaults } from './priority-turns.js'
import { promoteFaults } from './promote.js'
import { readingFaults } from './reading.js'
import { reapFaults } from './reap.js'
import { reportingFaults } from './reporting.js'
import { deafToSchedules, forgetfulOfSchedules, scheduleFaults } from './schedules.js'
import { scheduleDueFaults } from './schedules-due.js'
import { settleFaults } from './settle.js'
import { textFaults } from './texts.js'
import { turnFaults } from './turns.js'
import { uniqueFaults } from './unique.js'
import { uniqueConflictFaults } from './unique-conflicts.js'
import { uniqueFreedFaults } from './unique-freed.js'
import { uniqueTimeFaults } from './unique-times.js'
import { separateHandles, upkeepFaults } from './upkeep.js'
import { waitingFaults } from './waiting.js'
import { waitsThatClaimFaults } from './waits-that-claim.js'

/** Every broken store of the self-test. */
export const brokenStores: readonly Fault[] = [
  ...enqueueFaults,
  ...textFaults,
  ...batchFaults,
  ...promoteFaults,
  ...claimFaults,
  ...waitingFaults,
  ...waitsThatClaimFaults,
  ...extendFaults,
  ...settleFaults,
  ...cancelRequestFaults,
  ...reapFaults,
  ...readingFaults,
  ...controlFaults,
  ...upkeepFaults,
  ...auditFaults,
  ...pausingFaults,
  ...reportingFaults,
  ...keepingReportsFaults,
  ...failingFaults,
  ...keepingFaults,
  ...finishingFaults,
  ...priorityFaults,
  ...priorityTurnFaults,
  ...expiryFaults,
  ...uniqueFaults,
  ...uniqueConflictFaults,
  ...uniqueTimeFaults,
  ...uniqueFreedFaults,
  ...parkedFaults,
  ...scheduleFaults,
  ...scheduleDueFaults,
  ...fireFaults,
  ...turnFaults,
  ...overlapFaults,
  ...cancelOtherFaults,
  ...bufferedFaults,
  deafToSchedules,
  forgetfulOfSchedules,
  ...limitsFaults,
  ...limitsHeldFaults,
  ...limitsRateFaults,
  ...groupsFaults,
  ...groupsKeptFaults,
  ...groupsShownFaults,
  ...groupsLimitsFaults,
  ...groupsRateFaults,
  ...groupsOrderedFaults,
  separateHandles,
  deafHandles,
]
