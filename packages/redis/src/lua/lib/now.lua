-- The store's clock: milliseconds since the epoch, with a fraction. The test build replaces this one file.
local function now()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
end
