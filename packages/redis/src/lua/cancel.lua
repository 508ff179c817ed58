-- cancel: ends scheduled and ready jobs as cancelled; keeps the request for active ones.
-- KEYS: 1 jobs
-- ARGV: ids
-- Returns: for each id: was-waiting, requested, not-found, or the state in which it has finished.
-- Invariant: a ready job is not looked for in its list; its ticket there becomes void.
--@include prefix now whole numbers chunks full ticket record run extras sides ordered kept queues changes find hold unique limits group-keys groups take-out cancelling

local time = now()

begin_though_full()
local outcomes = {}
for i, id in ipairs(ARGV) do
  outcomes[i] = cancel(id, time)
end
return outcomes
