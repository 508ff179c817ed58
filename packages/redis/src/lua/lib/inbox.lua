-- What BLMOVE handed to one worker and no claim has leased yet: its oldest is at the right end, as in the queue.
-- Gives all of it back to the head of the queue, in order. → how many
local function empty_inbox(name, worker)
  local inbox = P .. name .. ':inbox:' .. worker
  local ready = P .. name .. ':ready'
  local tickets = redis.call('LRANGE', inbox, 0, -1)
  if #tickets == 0 then
    return 0
  end
  local was_empty = redis.call('LLEN', ready) == 0
  redis.call('DEL', inbox)
  call_chunked('RPUSH', ready, tickets)
  if was_empty then
    -- What waits in an inbox that is no longer registered does not keep its name.
    redis.call('SADD', P .. 'names', name)
    redis.call('PUBLISH', ready, '')
  end
  return #tickets
end
