-- Lua can hand only so many values to one call (unpack), so variadic commands go in chunks. Even, for pairs.
local CHUNK = 1000

-- `first`, `last`: of the values, those from there to there. → the answer of the last call
local function call_chunked(command, key, values, first, last)
  local answer
  for from = first or 1, last or #values, CHUNK do
    answer = redis.call(command, key, unpack(values, from, math.min(from + CHUNK - 1, last or #values)))
  end
  return answer
end

-- The answers of a variadic reading command (HMGET, ZMSCORE), one for each value; false where there is none.
local function read_chunked(command, key, values, first, last)
  first, last = first or 1, last or #values
  if first <= last and last - first < CHUNK then
    return redis.call(command, key, unpack(values, first, last))
  end
  local answers = {}
  for from = first, last, CHUNK do
    local part = redis.call(command, key, unpack(values, from, math.min(from + CHUNK - 1, last)))
    for i = 1, #part do
      answers[from - first + i] = part[i]
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
