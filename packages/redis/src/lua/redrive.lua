-- redrive: puts dead jobs back to the tails of their work queues, as if they had not been tried.
-- KEYS: 1 jobs
-- ARGV: ids
-- Returns: for each id: redriven, not-found, the state that it is in, or duplicate ⇥ the holder of its unique key.
-- Invariant: the claim number goes on, so a fence never repeats; one that was never claimed gets a new generation.
--@include prefix now whole numbers chunks full ticket record run extras sides ordered kept queues changes find hold unique limits group-keys groups take-out holder

local time = now()

local function redrive(id)
  local job = find(id)
  if not job or job.newer then
    return 'not-found'
  elseif job.state ~= 'dead' or not job.record then
    return job.state
  end
  local record, run, extra = job.record, job.run, job.extra
  if extra and extra.key and not extra.ttl_ms then
    local hold = current_hold(key_field(record.name, extra), time)
    if hold then
      return 'duplicate\t' .. hold.id
    end
  end
  take_out(job)
  if run.claims == 0 then
    -- It expired, and a ticket of its first life may still be in the list.
    local stamp = to_stamp(redis.call('INCR', P .. 'generation'))
    move_hold(record.name, id, record.stamp, stamp, extra, time)
    record.mark, record.stamp = '', stamp
    add_pair(changes.jobs, id, format_record(record))
  end
  if extra and extra.expires_at then
    add_pair(changes.extras, id, without_expiry(extra))
  end
  if extra and extra.key and not extra.ttl_ms then
    take_key(record.name, id, record.stamp, extra, time)
  end
  run.attempts, run.recoveries, run.state, run.finished_at, run.reason = 0, 0, '', '', ''
  add_pair(changes.runs, id, format_run(run))
  to_ready(record.name, to_ticket(record.stamp, run.claims, id, record.name), extra)
  flush_changes()
  return 'redriven'
end

begin_though_full()
local outcomes = {}
for i, id in ipairs(ARGV) do
  outcomes[i] = redrive(id)
end
return outcomes
