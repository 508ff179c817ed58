-- What an audit asks of schedules, and of the two places in which their ids stand.
local IS_OF_SCHEDULES = { schedules = true, ['schedule-ids'] = true, fires = true }

-- → what is wrong with an entry of these
local function judge_schedule(place, id)
  local schedule = read_schedule(id)
  if schedule and schedule.newer then
    return nil
  elseif not schedule then
    local is_there = redis.call('HEXISTS', P .. 'schedules', id) == 1
    return place == 'schedules' and 'unreadable' or not is_there and 'orphan' or nil
  elseif place == 'fires' then
    return not will_fire(schedule) and 'leftover' or nil
  end
  local due_at = redis.call('ZSCORE', P .. 'fires', id)
  local is_in_time = not will_fire(schedule) or due_at and tonumber(due_at) == tonumber(schedule.due_at)
  local is_listed = redis.call('ZSCORE', P .. 'schedule-ids', id)
  return place == 'schedules' and not (is_in_time and is_listed) and 'lost-job' or nil
end
