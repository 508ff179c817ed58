-- redrive: puts dead jobs back to the tails of their work queues, as if they had not been tried.
-- KEYS: 1 jobs
-- ARGV: ids
-- Returns: for each id: redriven, not-found, or the state that it is in.
-- Invariant: the claim number goes on, so a fence never repeats. The first write is a removal, so that a full Redis
-- lets it go on.
--@include prefix now numbers chunks ticket record run changes find

local function redrive(id)
  local job = find(id)
  if not job or job.newer then
    return 'not-found'
  elseif job.state ~= 'dead' or not job.record then
    return job.state
  end
  take_out(job)
  local run = job.run
  run.attempts, run.recoveries, run.state, run.finished_at, run.reason = 0, 0, '', '', ''
  add_pair(changes.runs, id, format_run(run))
  to_ready(job.record.name, to_ticket(job.record.stamp, run.claims, id, job.record.name))
  flush_changes()
  return 'redriven'
end

local outcomes = {}
for i, id in ipairs(ARGV) do
  outcomes[i] = redrive(id)
end
return outcomes
