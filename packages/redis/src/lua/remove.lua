-- remove: makes jobs absent, in any state but active.
-- KEYS: 1 jobs
-- ARGV: ids
-- Returns: for each id: the state in which it was removed, active, or not-found.
-- Invariant: no trace is left but the void ticket of a ready job, which claim drops.
--@include prefix now whole numbers chunks full ticket record run extras sides ordered kept queues changes find hold unique limits group-keys groups take-out

local time = now()
begin_though_full()
local outcomes = {}
for i, id in ipairs(ARGV) do
  local job = find(id)
  if not job or job.newer then
    outcomes[i] = 'not-found'
  else
    outcomes[i] = job.state
    if job.state ~= 'active' then
      erase(job, time)
      flush_changes()
    end
  end
end
return outcomes
