-- The ready jobs of a name whose priority is not 0: a ZSET in the order of priority, and within one in that of their
-- becoming ready. They can be removed directly, so no ticket in it is void. Whoever waits does so on the list, which
-- is why an empty ticket, void from the start, is put into an empty list to wake somebody.
local PRIORITY_SPAN = 2 ^ 41

local function first_score_of(priority)
  return whole(priority * PRIORITY_SPAN)
end

local function priority_of(score)
  return math.floor(tonumber(score) / PRIORITY_SPAN)
end

-- Behind the others of this priority.
local function add_ordered(name, priority, tickets)
  local key = P .. name .. ':ordered'
  local last = redis.call('ZREVRANGEBYSCORE', key, '(' .. first_score_of(priority + 1), first_score_of(priority),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and tonumber(last[2]) + 1 or priority * PRIORITY_SPAN
  local members = {}
  for i, ticket in ipairs(tickets) do
    members[i * 2 - 1] = whole(score + i - 1)
    members[i * 2] = ticket
  end
  call_chunked('ZADD', key, members)
end

-- Turns are forgotten with the last of these jobs.
local function remove_ordered(name, tickets)
  local key = P .. name .. ':ordered'
  call_chunked('ZREM', key, tickets)
  if redis.call('EXISTS', key) == 0 then
    redis.call('HDEL', P .. 'turns', name)
  end
end

local function wake_a_waiter(name)
  local key = P .. name .. ':ready'
  if redis.call('EXISTS', key) == 0 then
    redis.call('LPUSH', key, '')
    redis.call('HINCRBY', P .. 'pushed', name, 1)
    redis.call('HINCRBY', P .. 'void', name, 1)
    redis.call('PUBLISH', key, '')
  end
end
