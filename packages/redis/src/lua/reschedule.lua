-- reschedule: gives scheduled and ready jobs a new executeAt.
-- KEYS: 1 jobs
-- ARGV: id, due (numbers.lua), … for each job
-- Returns: for each id: its new state, parked, active, not-found, or the state in which it finished.
-- Invariant: a fence of before never meets the job again, as it gets a new generation.
--@include prefix now whole numbers chunks full ticket record run extras sides ordered kept queues changes find hold unique limits group-keys groups take-out

local time = now()

local function reschedule(id, due)
  local job = find(id)
  if not job or job.newer then
    return 'not-found'
  elseif job.state ~= 'scheduled' and job.state ~= 'ready' then
    return job.state
  elseif not job.record then
    return 'not-found'
  elseif job.is_parked then
    return 'parked'
  end
  local state = move(job, due_at(due, time), time)
  flush_changes()
  return state
end

begin_though_full()
local outcomes = {}
for i = 1, #ARGV, 2 do
  outcomes[#outcomes + 1] = reschedule(ARGV[i], ARGV[i + 1])
end
return outcomes
