-- get: the jobs as they are now.
-- KEYS: 1 jobs
-- ARGV: ids
-- Returns: for each id what show() gives, with an empty state for one that is not known; then how many failed attempts
-- are kept, attempt, time and error of each, how many lines its log has, and the lines.
-- Invariant: writes nothing.
--@include prefix whole numbers chunks ticket record run extras find failures

local reply = {}
local function add(value)
  reply[#reply + 1] = value
end

local any_failures = redis.call('EXISTS', P .. 'failures') == 1
local any_logs = redis.call('EXISTS', P .. 'logged') == 1
for _, id in ipairs(ARGV) do
  local job = find(id)
  local fields = { '', '', '', false, false, '', 0, '', false, false }
  local failures, log = {}, {}
  if job then
    fields = { show(job) }
    failures = any_failures and parse_failures(redis.call('HGET', P .. 'failures', id)) or {}
    log = any_logs and redis.call('LRANGE', P .. 'log\t' .. id, 0, -1) or {}
  end
  for i = 1, 10 do
    add(fields[i])
  end
  add(#failures)
  for i = #failures, 1, -1 do
    for _, field in ipairs(failures[i]) do
      add(field)
    end
  end
  add(#log)
  for _, line in ipairs(log) do
    add(line)
  end
end
return reply
