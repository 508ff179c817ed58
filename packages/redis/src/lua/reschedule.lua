-- reschedule: gives scheduled and ready jobs a new executeAt.
-- KEYS: 1 jobs
-- ARGV: id, due (numbers.lua), … for each job
-- Returns: for each id: its new state, active, not-found, or the state in which it finished.
-- Invariant: the job gets a new generation, so that it stands behind others that are due at the same time, and a
-- ticket of it that is still in a list is void.
--@include prefix now numbers chunks ticket record run changes find

local time = now()

local function reschedule(id, due)
  local job = find(id)
  if not job or job.newer then
    return 'not-found'
  elseif job.state ~= 'scheduled' and job.state ~= 'ready' then
    return job.state
  elseif not job.record then
    return 'not-found'
  end
  take_out(job)
  local record = job.record
  local due_ms = due_at(due, time)
  record.stamp = to_stamp(redis.call('INCR', P .. 'generation'))
  record.execute_at = whole(due_ms)
  add_pair(changes.records, id, format_record(record))
  local ticket = to_ticket(record.stamp, job.run.claims, id, record.name)
  local state = to_waiting(record.name, ticket, due_ms, time)
  flush_changes()
  return state
end

begin_though_full()
local outcomes = {}
for i = 1, #ARGV, 2 do
  outcomes[#outcomes + 1] = reschedule(ARGV[i], ARGV[i + 1])
end
return outcomes
