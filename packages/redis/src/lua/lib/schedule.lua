-- What is kept of a schedule, in one text: version, revision, createdAt, updatedAt, pausedAt, fireAt, dueAt, fired, missed,
-- skipped, and the lengths of three texts that follow: its rule, why it is paused, its last fires. pausedAt is empty unless
-- it is paused; fireAt and dueAt are where it fires no more. Each fire is a line: nominal time, time, outcome, id of the job.
local KEPT_FIRES = 10
local KEPT_RUNS = 2

-- `rest`: what a later release has added behind. Of a later version, only that it is `newer` is known.
-- → nothing where there is none, and where nobody can read it
local function parse_schedule(text)
  if not text then
    return nil
  end
  local revision, created_at, updated_at, paused_at, fire_at, due_at, fired, missed, skipped, rule, note, fires, first =
    string.match(text, '^1\t(%d+)\t(-?%d+)\t(-?%d+)\t(-?%d*)\t(-?%d*)\t(-?%d*)\t(%d+)\t(%d+)\t(%d+)\t(%d+)\t(%d+)\t(%d+)\t()')
  if not revision or first + rule + note + fires - 1 > #text then
    return is_newer(text) and { newer = true } or nil
  end
  local note_at = first + rule
  local fires_at = note_at + note
  local rest_at = fires_at + fires
  return {
    revision = revision, created_at = created_at, updated_at = updated_at, paused_at = paused_at, fire_at = fire_at,
    due_at = due_at, fired = tonumber(fired), missed = tonumber(missed), skipped = tonumber(skipped),
    rule = string.sub(text, first, note_at - 1), note = string.sub(text, note_at, fires_at - 1),
    fires = string.sub(text, fires_at, rest_at - 1), rest = string.sub(text, rest_at),
  }
end

local function format_schedule(one)
  return table.concat({
    '1', one.revision, one.created_at, one.updated_at, one.paused_at, one.fire_at, one.due_at, whole(one.fired),
    whole(one.missed), whole(one.skipped), #one.rule, #one.note, #one.fires, one.rule .. one.note .. one.fires .. one.rest,
  }, '\t')
end

local function read_schedule(id)
  return parse_schedule(redis.call('HGET', P .. 'schedules', id))
end

-- Whether its time will come: then it stands in `fires`.
local function will_fire(schedule)
  return schedule.fire_at ~= '' and schedule.paused_at == ''
end

-- The first write is one that a full Redis refuses.
local function write_schedule(id, schedule)
  redis.call('HSET', P .. 'schedules', id, format_schedule(schedule))
  if will_fire(schedule) then
    redis.call('ZADD', P .. 'fires', schedule.due_at, id)
  else
    redis.call('ZREM', P .. 'fires', id)
  end
end

-- Beyond what is kept the earliest one goes that is not among the last that made a job: they end with its id.
local function keep_fire(schedule, fire_at, at, outcome, job_id)
  local lines = {}
  for line in string.gmatch(schedule.fires, '[^\n]*\n') do
    lines[#lines + 1] = line
  end
  lines[#lines + 1] = table.concat({ fire_at, at, outcome, job_id }, '\t') .. '\n'
  if #lines > KEPT_FIRES then
    local runs, dropped = 0, 1
    for i = #lines, 1, -1 do
      local is_run = string.sub(lines[i], -2) ~= '\t\n'
      runs = runs + (is_run and 1 or 0)
      if not is_run or runs > KEPT_RUNS then
        dropped = i
      end
    end
    table.remove(lines, dropped)
  end
  schedule.fires = table.concat(lines)
end
