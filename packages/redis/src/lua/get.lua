-- get: the jobs as they are now.
-- KEYS: 1 jobs
-- ARGV: ids
-- Returns: for each id what show() gives, with an empty state for one that is not known.
-- Invariant: writes nothing.
--@include prefix chunks ticket record run find

local reply = {}
for _, id in ipairs(ARGV) do
  local job = find(id)
  local fields = { '', '', '', false, false, '', 0 }
  if job then
    fields = { show(job) }
  end
  for i = 1, 7 do
    reply[#reply + 1] = fields[i]
  end
end
return reply
