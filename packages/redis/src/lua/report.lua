-- report: keeps what running jobs say of themselves, in the order given.
-- KEYS: 1 jobs
-- ARGV: 1 how many lines of a log to keep, then ticket, name, id, progress, checkpoint, number of lines, lines, … for
-- each lease. A text has `=` in front; empty, there is none.
-- Returns: for each lease 1 if it is current, 0 if not.
-- Invariant: what is not under a current lease keeps nothing. All leases are looked at before the first write, which a
-- full Redis refuses, and with it all.
--@include prefix whole numbers chunks

local most_lines = tonumber(ARGV[1])
local outcomes, kept, logs = {}, { progress = {}, checkpoints = {} }, {}

local function keep(hash, id, text)
  if text ~= '' then
    table.insert(kept[hash], id)
    table.insert(kept[hash], string.sub(text, 2))
  end
end

local i = 2
while i <= #ARGV do
  local ticket, name, id, count = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 5])
  local is_current = redis.call('ZSCORE', P .. name .. ':active', ticket)
  outcomes[#outcomes + 1] = is_current and 1 or 0
  if is_current then
    keep('progress', id, ARGV[i + 3])
    keep('checkpoints', id, ARGV[i + 4])
  end
  if is_current and count > 0 then
    logs[#logs + 1] = { id = id, first = i + 6, last = i + 5 + count }
  end
  i = i + 6 + count
end

for _, log in ipairs(logs) do
  local key = P .. 'log\t' .. log.id
  redis.call('HSET', P .. 'logged', log.id, '')
  redis.call('RPUSH', key, unpack(ARGV, log.first, log.last))
  redis.call('LTRIM', key, -most_lines, -1)
end
for hash, texts in pairs(kept) do
  call_chunked('HSET', P .. hash, texts)
end
return outcomes
