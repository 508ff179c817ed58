-- Adds a new job: id, name, due (ms), the rest of its record, and its extra if it asks for anything. `put`: where it goes;
-- its time decides, unless it is parked. → its stamp
local function add_job(job, time, put)
  local id, name, extra = job.id, job.name, job.extra
  local stamp = to_stamp(redis.call('INCR', P .. 'generation'))
  add_pair(changes.jobs, id, '1\t' .. stamp .. record_middle(name, job.due, math.floor(time)) .. job.rest)
  if extra then
    any_extras = true
    add_pair(changes.extras, id, extra.text)
    expire_later(id, stamp, extra)
  end
  if put then
    put(name, id, stamp, 0, extra)
  else
    to_waiting(name, to_ticket(stamp, 0, id, name), job.due, time, extra)
  end
  return stamp
end
