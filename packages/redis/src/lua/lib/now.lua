-- The store's clock: milliseconds since the epoch, with a fraction. The test build replaces this one file.
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + time[2] / 1000
end
