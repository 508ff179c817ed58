-- Whether claims of a name are held back: it is paused, or the namespace is.
local function is_paused(name)
  local fields = redis.call('HMGET', P .. 'control', '', name)
  return (fields[1] or fields[2]) and true or false
end
