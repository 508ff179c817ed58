-- What is kept of a job beside its record, by id, in hashes that are there only while a job needs them: what any job may
-- leave that was run, and what few ask for.
local OF_RUNS = { 'runs', 'errors', 'results', 'failures' }
local ASKED_FOR = { 'extras', 'progress', 'checkpoints', 'logged' }
-- A script that has seen that nothing is asked for, and adds nothing of it, says so.
local is_asked_for = true

-- Asked for all at once, so that plain jobs pay for one call.
local function any_exists(...)
  local keys = { ... }
  for i, key in ipairs(keys) do
    keys[i] = P .. key
  end
  return redis.call('EXISTS', unpack(keys)) > 0
end

-- A log is a list of its own.
local function delete_logs(ids)
  for i, has_log in ipairs(read_chunked('HMGET', P .. 'logged', ids)) do
    if has_log then
      redis.call('DEL', P .. 'log\t' .. ids[i])
    end
  end
end

local function delete_records(ids)
  if #ids > 0 then
    call_chunked('HDEL', P .. 'jobs', ids)
    if any_exists(unpack(OF_RUNS)) then
      for _, hash in ipairs(OF_RUNS) do
        call_chunked('HDEL', P .. hash, ids)
      end
    end
    if is_asked_for and any_exists(unpack(ASKED_FOR)) then
      delete_logs(ids)
      for _, hash in ipairs(ASKED_FOR) do
        call_chunked('HDEL', P .. hash, ids)
      end
    end
  end
end
