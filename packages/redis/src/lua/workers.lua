-- workers: those that report, with what they last said.
-- KEYS: 1 jobs
-- ARGV: none
-- Returns: worker, when it expires, when it was seen and its report, … for each.
-- Invariant: writes nothing; one past its expiry is left out.
--@include prefix now chunks

local workers = redis.call('ZRANGEBYSCORE', P .. 'workers', string.format('(%.17g', now()), '+inf', 'WITHSCORES')
local ids = {}
for i = 1, #workers, 2 do
  ids[#ids + 1] = workers[i]
end
local reports = read_chunked('HMGET', P .. 'worker-reports', ids)
local reply = {}
for i, report in ipairs(reports) do
  if report then
    reply[#reply + 1] = ids[i]
    reply[#reply + 1] = workers[i * 2]
    reply[#reply + 1] = report
  end
end
return reply
