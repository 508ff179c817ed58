-- Schedules whose time has come. Those that a later release wrote, or nobody can read, are passed: so many at most.
local MAX_PASSED = 1000
local MAX_RULE_BYTES = 1048576
-- So many are read at a time, as the rules may be long.
local PAGE = 50

-- → up to so many, and to so many bytes of rules, the earliest first
local function due_schedules(limit, time)
  local due, seen, bytes, page = {}, 0, 0, math.min(limit, PAGE)
  repeat
    local ids = redis.call('ZRANGEBYSCORE', P .. 'fires', '-inf', time, 'LIMIT', seen, page)
    for i, text in ipairs(read_chunked('HMGET', P .. 'schedules', ids)) do
      local one = parse_schedule(text)
      if one and not one.newer and will_fire(one) then
        bytes = bytes + #one.rule
        if #due == limit or bytes > MAX_RULE_BYTES and #due > 0 then
          return due
        end
        one.id = ids[i]
        due[#due + 1] = one
      end
    end
    seen = seen + #ids
  until #due == limit or #ids < page or seen - #due > MAX_PASSED
  return due
end

-- → when the first is due whose time has not come
local function next_fire(time)
  local found = redis.call('ZRANGEBYSCORE', P .. 'fires', '(' .. string.format('%.17g', time), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  return tonumber(found[2] or math.huge)
end
