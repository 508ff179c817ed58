-- A call of this, first of all writes, lets the script go on where Redis is full: it refuses only a script whose
-- first write may need memory. For scripts without which nothing would ever be freed.
local function begin_though_full()
  redis.call('ZREM', P .. 'scheduled', '')
end
