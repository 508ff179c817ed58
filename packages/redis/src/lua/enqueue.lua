-- enqueue: accepts jobs in the order given, each whole or not at all.
-- KEYS: 1 jobs, 2 generation, 3 scheduled, 4 scheduled-counts, 5 names, 6 pushed, 7… the ready list of each name
-- ARGV: id, name, due (numbers.lua), rest of the record, … for each job
-- Returns: for each job 1 if it was added, 0 if its id is held.
-- Invariant: nothing is written before every id has been looked up, and the first write is one that a full Redis
-- refuses, so that a push is refused whole.
--@include prefix now numbers chunks ticket changes

local time = now()
local enqueued_at = whole(math.floor(time))
local ids = {}
for i = 1, #ARGV, 4 do
  ids[#ids + 1] = ARGV[i]
end
local held = read_chunked('HMGET', P .. 'jobs', ids)

local outcomes, added = {}, 0
local seen = {}
for i, id in ipairs(ids) do
  local is_new = not held[i] and not seen[id]
  seen[id] = true
  outcomes[i] = is_new and 1 or 0
  added = added + outcomes[i]
end
if added == 0 then
  return outcomes
end

local generation = redis.call('INCRBY', P .. 'generation', added) - added
local names, is_known = {}, {}
for i, id in ipairs(ids) do
  if outcomes[i] == 1 then
    local name, due, rest = ARGV[i * 4 - 2], due_at(ARGV[i * 4 - 1], time), ARGV[i * 4]
    generation = generation + 1
    local stamp = to_stamp(generation)
    local record = '1\t' .. stamp .. '\t' .. name .. '\t' .. whole(due) .. '\t' .. enqueued_at .. '\t' .. rest
    add_pair(changes.records, id, record)
    to_waiting(name, to_ticket(stamp, 0, id, name), due, time)
    if not is_known[name] then
      is_known[name] = true
      names[#names + 1] = name
    end
  end
end
call_chunked('SADD', P .. 'names', names)
flush_changes()
return outcomes
