-- Lua can hand only so many values to one call (unpack), so variadic commands go in chunks. Even, for pairs.
local CHUNK = 1000

local function call_chunked(command, key, values)
  for first = 1, #values, CHUNK do
    redis.call(command, key, unpack(values, first, math.min(first + CHUNK - 1, #values)))
  end
end

-- The answers of a variadic reading command (HMGET, ZMSCORE), one for each value; false where there is none.
local function read_chunked(command, key, values)
  if #values > 0 and #values <= CHUNK then
    return redis.call(command, key, unpack(values))
  end
  local answers = {}
  for first = 1, #values, CHUNK do
    local part = redis.call(command, key, unpack(values, first, math.min(first + CHUNK - 1, #values)))
    for i = 1, #part do
      answers[first + i - 1] = part[i]
    end
  end
  return answers
end

-- → by id, what a hash of the namespace has of these
local function read_by_id(hash, ids)
  local texts = {}
  for i, text in ipairs(read_chunked('HMGET', P .. hash, ids)) do
    texts[ids[i]] = text
  end
  return texts
end

-- A call of this, first of all writes, lets the script go on where Redis is full: it refuses only a script whose
-- first write may need memory. For scripts without which nothing would ever be freed.
local function begin_though_full()
  redis.call('ZREM', P .. 'scheduled', '')
end
