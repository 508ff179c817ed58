-- What a claim does with the jobs that it has taken, and with the lists that it has taken them from.
local MAX_VOID = 1000
-- What the reply has beside the plain.
local WITH_CHECKPOINTS, WITH_GROUPS, WITH_HELD_FOR, WITH_SET_ASIDE, WITH_RUNS = 1, 2, 4, 8, 16

-- Reads only. → the reply of the claim, as that of plain jobs unless something is asked for, where how long what is held
-- back is to wait is the fourth; deadline and ticket, … for each new lease
local function lease_jobs(name, jobs, may_be_more, time, deadline, is_asked_for)
  -- An error behind the first write would lose jobs, so what the writes touch is touched before.
  redis.call('ZCARD', P .. name .. ':active')
  local run_ids, runs, checkpoints, groups = {}, nil, nil, false
  for _, job in ipairs(jobs) do
    groups = groups or job[6] and job[6].group and true or false
    if job[2] ~= '0' then
      run_ids[#run_ids + 1] = job[3]
    end
  end
  if #run_ids > 0 then
    runs = read_by_id('runs', run_ids)
    checkpoints = is_asked_for and redis.call('EXISTS', P .. 'checkpoints') == 1
      and read_by_id('checkpoints', run_ids)
  end
  local reply = { may_be_more and 1 or 0, math.floor(time), runs and WITH_RUNS or 0 }
  if is_asked_for then
    reply[3] = reply[3] + WITH_HELD_FOR + (checkpoints and WITH_CHECKPOINTS or 0) + (groups and WITH_GROUPS or 0)
    reply[4] = ''
  end
  local leases = {}
  for _, job in ipairs(jobs) do
    local id = job[3]
    local ticket = to_ticket(job[1], tonumber(job[2]) + 1, id, job[4])
    leases[#leases + 1] = deadline
    leases[#leases + 1] = ticket
    reply[#reply + 1] = ticket
    reply[#reply + 1] = job[5]
    if runs then
      reply[#reply + 1] = runs[id] or ''
    end
    if checkpoints then
      reply[#reply + 1] = checkpoints[id] or false
    end
    if groups then
      reply[#reply + 1] = job[6] and job[6].group and job[6].group .. '\t' .. job[6].weight or ''
    end
  end
  return reply, leases
end

-- Takes what was passed off the lists, and puts the leases into `active`. `others`: sources of which only what is no
-- ticket is still to be set aside.
local function move_to_active(name, lists, leases, others)
  local void, strays = 0, {}
  local function set_aside(source)
    for _, stray in ipairs(source.strays) do
      strays[#strays + 1] = name .. '\t' .. stray
    end
  end
  for key, list in pairs(lists) do
    if list.passed > 0 then
      redis.call('LTRIM', key, 0, -list.passed - 1)
    end
    void = void + list.void
    set_aside(list)
  end
  for _, source in pairs(others) do
    set_aside(source)
  end
  call_chunked('ZADD', P .. name .. ':active', leases)
  if void > 0 and redis.call('HINCRBY', P .. 'void', name, -void) <= 0 then
    redis.call('HDEL', P .. 'void', name)
  end
  call_chunked('RPUSH', P .. 'damaged', strays)
end
