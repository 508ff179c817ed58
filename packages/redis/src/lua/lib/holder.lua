-- → the hold of a key and, if it is there in the generation that holds, its holder; nothing where the key is free. A
-- hold without a time to live whose job is over is what a release that knew of no keys has left behind: it is freed.
local function current_hold(field, time)
  local hold = hold_of(field, time)
  while hold do
    if hold.newer then
      return hold
    end
    local holder = find(hold.id)
    local is_there = holder and not (holder.record and holder.record.stamp ~= hold.stamp)
    local is_over = not is_there or holder.run.state ~= ''
    if hold.ends_at or not is_over then
      return hold, is_there and holder or nil
    end
    free_key(field, time)
    flush_changes()
    hold = hold_of(field, time)
  end
end
