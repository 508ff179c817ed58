-- Side hashes are there only while a job needs them, so what plain jobs pay for all of them is one EXISTS.
-- → of these hashes, those that are there
local function those_that_exist(hashes)
  local keys, found = {}, {}
  for i, hash in ipairs(hashes) do
    keys[i] = P .. hash
  end
  if redis.call('EXISTS', unpack(keys)) > 0 then
    for i, hash in ipairs(hashes) do
      if redis.call('EXISTS', keys[i]) == 1 then
        found[#found + 1] = hash
      end
    end
  end
  return found
end

-- What is kept of a job beside its record, by id.
local SIDES = { 'runs', 'errors', 'results', 'extras', 'failures', 'progress', 'checkpoints', 'logged' }

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
    for _, hash in ipairs(those_that_exist(SIDES)) do
      if hash == 'logged' then
        delete_logs(ids)
      end
      call_chunked('HDEL', P .. hash, ids)
    end
  end
end
