-- Ends a job that waits as cancelled; keeps the request for one that is active.
-- → was-waiting, requested, not-found, or the state in which it has finished
local function cancel(id, time)
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
