-- list-schedules: shows schedules as they are now, by id.
-- KEYS: 1 jobs
-- ARGV: 1 `ids` and then these in order, or `page`, 2 limit, 3 the id behind which the page begins ('' for the first page)
-- Returns: the clock, the next cursor ('' on the last page); for each schedule id, revision, createdAt, updatedAt, pausedAt,
-- fireAt, dueAt, fired, missed, skipped, rule, note, fires (lib/schedule.lua).
-- Invariant: writes nothing. What this release cannot read is left out.
--@include prefix now whole numbers chunks record schedule

local ids, next_cursor = {}, ''
if ARGV[1] == 'ids' then
  for i = 2, #ARGV do
    ids[i - 1] = ARGV[i]
  end
else
  local limit = tonumber(ARGV[2])
  ids = redis.call('ZRANGEBYLEX', P .. 'schedule-ids', '(' .. ARGV[3], '+', 'LIMIT', 0, limit + 1)
  if #ids > limit then
    ids[#ids] = nil
    next_cursor = ids[#ids]
  end
end

local reply = { whole(math.floor(now())), next_cursor }
for i, text in ipairs(read_chunked('HMGET', P .. 'schedules', ids)) do
  local one = parse_schedule(text)
  if one and not one.newer then
    for _, field in ipairs({
      ids[i], one.revision, one.created_at, one.updated_at, one.paused_at, one.fire_at, one.due_at, whole(one.fired),
      whole(one.missed), whole(one.skipped), one.rule, one.note, one.fires,
    }) do
      reply[#reply + 1] = field
    end
  end
end
return reply
