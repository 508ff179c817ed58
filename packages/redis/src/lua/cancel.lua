-- cancel: ends scheduled and ready jobs as cancelled; keeps the request for active ones.
-- KEYS: 1 jobs
-- ARGV: ids
-- Returns: for each id: was-waiting, requested, not-found, or the state in which it has finished.
-- Invariant: a ready job is not looked for in its list; its ticket there becomes void.
--@include prefix now numbers chunks ticket record run extras sides ordered kept queues changes find hold unique take-out

local time = now()

local function cancel(id)
  local job = find(id)
  if not job or job.newer then
    return 'not-found'
  elseif job.state == 'active' then
    redis.call('HSET', P .. 'cancels', id, job.stamp)
    redis.call('PUBLISH', P .. 'hints', 'cancel\t' .. id)
    return 'requested'
  elseif job.state ~= 'scheduled' and job.state ~= 'ready' then
    return job.state
  end
  if job.record then
    end_waiting(job, 'cancelled', time)
  else
    leave_no_trace(id)
  end
  flush_changes()
  return 'was-waiting'
end

begin_though_full()
local outcomes = {}
for i, id in ipairs(ARGV) do
  outcomes[i] = cancel(id)
end
return outcomes
