-- A ticket is what queues and sets hold of a job: stamp, claims so far, id, name. The stamp is the job's
-- generation, written so that it sorts as a text: jobs due at the same time come out in the order of enqueue.
-- In `active` the claim is that of the lease, so the ticket is the fence, and ZREM of it the fenced check-and-set.
local LETTERS = { 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p' }

local function to_stamp(generation)
  local digits = whole(generation)
  return LETTERS[#digits] .. digits
end

local function to_ticket(stamp, claim, id, name)
  return stamp .. '\t' .. whole(claim) .. '\t' .. id .. '\t' .. name
end

-- → stamp, claim (a text), id, name; nothing if it is not a ticket
local function parse_ticket(ticket)
  return string.match(ticket, '^(%l%d+)\t(%d+)\t([^\t]+)\t([^\t]+)$')
end
