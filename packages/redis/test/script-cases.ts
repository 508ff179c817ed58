import { askedCases } from './script-cases/asked.js'
import { askedAuditCases } from './script-cases/audit-asked.js'
import { groupAuditCases } from './script-cases/audit-groups.js'
import { auditCases } from './script-cases/audits.js'
import { scheduleAuditCases } from './script-cases/audit-schedules.js'
import { damagedCases } from './script-cases/damaged.js'
import { fractionCases } from './script-cases/fractions.js'
import { groupCases } from './script-cases/groups.js'
import { inboxCases } from './script-cases/inboxes.js'
import { lookCases } from './script-cases/looks.js'
import { pageCases } from './script-cases/pages.js'
import { parkedCases } from './script-cases/parked.js'
import { plainClaimCases } from './script-cases/plain-claims.js'
import { plainSettleCases } from './script-cases/plain-settles.js'
import { priorityCases } from './script-cases/priorities.js'
import { recordCases } from './script-cases/records.js'
import { scheduleFireCases } from './script-cases/schedule-fires.js'
import { scheduleCases } from './script-cases/schedules.js'
import type { ScriptCase } from './script-cases/script-case.js'
import { upkeepCases } from './script-cases/upkeep.js'
import { versionCases } from './script-cases/versions.js'

/** Every case about what the scripts do to the keys of Redis. */
export const scriptCases: readonly ScriptCase[] = [
  ...fractionCases,
  ...recordCases,
  ...damagedCases,
  ...plainClaimCases,
  ...plainSettleCases,
  ...inboxCases,
  ...upkeepCases,
  ...pageCases,
  ...auditCases,
  ...askedAuditCases,
  ...scheduleAuditCases,
  ...priorityCases,
  ...parkedCases,
  ...versionCases,
  ...askedCases,
  ...lookCases,
  ...groupCases,
  ...groupAuditCases,
  ...scheduleCases,
  ...scheduleFireCases,
]
