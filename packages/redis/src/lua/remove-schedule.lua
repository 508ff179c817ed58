-- remove-schedule: removes schedules; their jobs stay.
-- KEYS: 1 jobs
-- ARGV: ids
-- Returns: for each id 1 if it was there.
-- Invariant: one that a later release wrote stays as it is.
--@include prefix whole numbers record schedule

local outcomes = {}
for i, id in ipairs(ARGV) do
  local schedule = read_schedule(id)
  outcomes[i] = 0
  if not (schedule and schedule.newer) then
    outcomes[i] = redis.call('HDEL', P .. 'schedules', id)
    redis.call('ZREM', P .. 'fires', id)
    redis.call('ZREM', P .. 'schedule-ids', id)
  end
end
return outcomes
