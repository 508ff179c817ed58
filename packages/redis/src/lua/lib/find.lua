-- For a job whose ticket cannot be told from its records. Those that are active are few.
local function find_among_active(job)
  for _, name in ipairs(redis.call('SMEMBERS', P .. 'names')) do
    local active = redis.call('ZRANGE', P .. name .. ':active', 0, -1, 'WITHSCORES')
    for i = 1, #active, 2 do
      local stamp, _, id = parse_ticket(active[i])
      if id == job.id then
        job.state, job.stamp, job.place = 'active', stamp, active[i + 1]
        return
      end
    end
  end
end

-- Where a job is now, from its records: finished if its run says so, else scheduled or active if its ticket is
-- there, else ready. Nothing scans a list. Where a record cannot be read, its ticket is looked for among all that are
-- active; if it is not there, the job counts as ready unless it has finished.
-- → nothing if there is no such job
local function find(id)
  local text = redis.call('HGET', P .. 'jobs', id)
  if not text then
    return nil
  end
  local run_text = redis.call('HGET', P .. 'runs', id)
  local job = { id = id, text = text, run_text = run_text, record = parse_record(text), run = parse_run(run_text) }
  job.extra = extra_of(id)
  job.newer = job.run.newer or not job.record and is_newer(text) or job.extra and job.extra.newer
  if job.run.state ~= '' then
    job.state = job.run.state
    return job
  end
  job.state = 'ready'
  job.stamp = job.record and job.record.stamp
  if not job.record or job.run.unread then
    find_among_active(job)
    return job
  end
  local stamp, name = job.record.stamp, job.record.name
  local waiting = to_ticket(stamp, job.run.claims, id, name)
  job.place = redis.call('ZSCORE', P .. 'scheduled', waiting)
  if job.place then
    job.state = 'scheduled'
    job.ticket = waiting
    job.is_parked = job.place == 'inf'
    return job
  end
  job.place = redis.call('ZSCORE', P .. name .. ':active', to_ticket(stamp, job.run.claims + 1, id, name))
  if job.place then
    job.state = 'active'
  end
  return job
end

-- How a reader sees a job: state, record, run record, error, result, score of its place, whether cancel is asked for,
-- extras, progress, checkpoint.
local function show(job)
  return job.state, job.text, job.run_text or '', redis.call('HGET', P .. 'errors', job.id),
    redis.call('HGET', P .. 'results', job.id), job.place or '',
    redis.call('HEXISTS', P .. 'cancels', job.id), job.extra and job.extra.text or '',
    redis.call('HGET', P .. 'progress', job.id), redis.call('HGET', P .. 'checkpoints', job.id)
end
