-- Takes a job that find() has found out of its place, unless it is active. One that is ready leaves a ticket in the list,
-- which is void from now on: the caller must drop the record, mark its stamp or give it a new one.
-- → whether there is such a ticket
local function take_out(job)
  local name = job.record and job.record.name
  if not name then
    return false
  elseif job.state == 'scheduled' then
    redis.call('ZREM', P .. 'scheduled', job.ticket)
    redis.call('HINCRBY', P .. 'scheduled-counts', name, -1)
    if keeps_place(name, job.id, job.extra) then
      give_up_place(name, job.id, job.extra)
    end
    if job.is_parked and job.extra and job.extra.key then
      local field = key_field(name, job.extra)
      redis.call('ZREM', P .. 'parked', parked_member(field, job.record.stamp, job.run.claims, job.id))
    end
  elseif job.state ~= 'ready' then
    redis.call('ZREM', P .. name .. ':' .. job.state, job.record.stamp .. '\t' .. job.id)
  elseif job.extra and job.extra.priority ~= 0 then
    remove_ordered(name, { to_ticket(job.record.stamp, job.run.claims, job.id, name) })
  elseif not remove_grouped(name, job.extra, to_ticket(job.record.stamp, job.run.claims, job.id, name)) then
    redis.call('HINCRBY', P .. 'void', name, 1)
    return true
  end
  return false
end

-- A scheduled or ready job is over, and kept as its own retention says.
local function end_waiting(job, state, time)
  local record, extra = job.record, job.extra
  local leaves_ticket = take_out(job)
  expire_no_more(job.id, record.stamp, extra)
  release_key(record.name, job.id, record.stamp, extra, time)
  local retention_ms = state == 'dead' and record.dead_ms or record.completed_ms
  local is_kept = finish(state, job.id, record.stamp, record.name, retention_ms, job.run, time, extra and extra.max_count)
  if is_kept and leaves_ticket then
    record.mark = '-'
    add_pair(changes.jobs, job.id, format_record(record))
  end
end

-- A job goes without a trace, wherever it is but under a lease.
local function erase(job, time)
  take_out(job)
  if job.record then
    expire_no_more(job.id, job.record.stamp, job.extra)
    release_key(job.record.name, job.id, job.record.stamp, job.extra, time)
  end
  changes.told[#changes.told + 1] = job.id
  leave_no_trace(job.id)
end

-- A scheduled or ready job gets a new due time, and a new generation, so that it stands behind others that are due at
-- the same time and a ticket of it that is still in a list is void. → its new state
local function move(job, due_ms, time)
  local record, stamp, extra = job.record, job.record.stamp, job.extra
  local new_stamp = to_stamp(redis.call('INCR', P .. 'generation'))
  take_out(job)
  move_hold(record.name, job.id, stamp, new_stamp, extra, time)
  if job.run.claims == 0 then
    expire_no_more(job.id, stamp, extra)
    expire_later(job.id, new_stamp, extra)
  end
  record.stamp = new_stamp
  record.execute_at = due_ms
  add_pair(changes.jobs, job.id, format_record(record))
  return to_waiting(record.name, to_ticket(new_stamp, job.run.claims, job.id, record.name), due_ms, time, extra)
end
