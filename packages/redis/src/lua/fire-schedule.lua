-- fire-schedule: carries fires out, in the order given.
-- KEYS: 1 jobs
-- ARGV: id, overlap, revision ('' out of turn), fireAt, fireAt of the next ('' for no more), its dueAt, how many are passed
-- over, maxRuns ('' for any number), pauseOnDead ('' for no, else `=` and the note), nominal time of the job ('' for no
-- job), its id, name, due (numbers.lua), rest of the record, extras ('' for none), … for each
-- Returns: status, id of a job or '', … for each.
-- Invariant: a schedule never moves on without the job that it made: the job is written first. Whatever the first write of
-- a fire is, a full Redis refuses it, but where it begins with a removal; then all that follows goes on.
--@include prefix now whole numbers chunks ticket record run extras sides ordered kept queues changes find hold unique
--@include limits group-keys groups take-out holder cancelling adding schedule overlap

local FIELDS = 15
local time = now()
local at = whole(math.floor(time))

local function read_fire(first)
  local id, overlap, revision, fire_at, next_fire_at, next_due_at, missed, max_runs, pause_on_dead, nominal, job_id, name, due,
    rest, extra = unpack(ARGV, first, first + FIELDS - 1)
  return {
    id = id, overlap = overlap, nominal = nominal,
    turn = revision ~= '' and {
      revision = revision, fire_at = fire_at, next_fire_at = next_fire_at, next_due_at = next_due_at,
      missed = tonumber(missed), max_runs = tonumber(max_runs), note = string.match(pause_on_dead, '^=(.*)$'),
    },
    job = nominal ~= '' and {
      id = job_id, name = name, due = due_at(due, time), rest = rest, extra = parse_extra(extra ~= '' and extra),
    },
  }
end

-- Whether a job of the kept fires since it was last put is dead now.
local function has_died(schedule)
  local ids = {}
  for fired_at, id in string.gmatch(schedule.fires, '[^\t\n]*\t([^\t\n]*)\t[^\t\n]*\t([^\n]*)\n') do
    if id ~= '' and tonumber(fired_at) >= tonumber(schedule.updated_at) then
      ids[#ids + 1] = id
    end
  end
  for _, text in ipairs(read_chunked('HMGET', P .. 'runs', ids)) do
    if text and parse_run(text).state == 'dead' then
      return true
    end
  end
  return false
end

-- → why nothing is fired, if so
local function refusal(schedule, fire)
  local turn = fire.turn
  if not schedule or schedule.newer then
    return 'not-found'
  elseif turn and (turn.revision ~= schedule.revision or turn.fire_at ~= schedule.fire_at) then
    return 'moved'
  elseif turn and schedule.paused_at ~= '' then
    return 'paused'
  elseif turn and turn.note and has_died(schedule) then
    schedule.paused_at, schedule.note = at, turn.note
    write_schedule(fire.id, schedule)
    return 'paused'
  elseif turn and tonumber(schedule.due_at) > time or fire.job and fire.job.due > time then
    return 'early'
  end
end

local function move_on(schedule, turn, status)
  schedule.missed = schedule.missed + turn.missed
  if status == 'fired' or status == 'buffered' then
    schedule.fired = schedule.fired + 1
  elseif status == 'skipped' then
    schedule.skipped = schedule.skipped + 1
  end
  local is_over = turn.max_runs and schedule.fired >= turn.max_runs
  schedule.fire_at = is_over and '' or turn.next_fire_at
  schedule.due_at = is_over and '' or turn.next_due_at
end

-- → the status, and the id of the job that it names
local function carry_out(fire)
  local schedule = read_schedule(fire.id)
  local status, job_id = refusal(schedule, fire), ''
  if status then
    return status, job_id
  end
  status = 'passed'
  if fire.job then
    status, job_id = place(fire.job, fire.overlap, time)
    flush_changes()
  end
  local is_kept = status == 'fired' or status == 'buffered' or status == 'skipped'
  if is_kept then
    keep_fire(schedule, fire.nominal, at, status, status == 'skipped' and '' or job_id)
  end
  if fire.turn then
    move_on(schedule, fire.turn, status)
  end
  if fire.turn or is_kept then
    write_schedule(fire.id, schedule)
  end
  return status, job_id
end

-- An error behind the first write would part a job and its schedule, so what the last writes touch is touched before.
redis.call('ZCARD', P .. 'fires')
local reply = {}
for first = 1, #ARGV, FIELDS do
  local status, job_id = carry_out(read_fire(first))
  reply[#reply + 1] = status
  reply[#reply + 1] = job_id
end
return reply
