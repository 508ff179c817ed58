-- P is what every key of the namespace begins with. KEYS[1] is always `{ns}:jobs`, as the client sent it, so
-- a client's key prefix is in it, and all keys that a script derives are in the same cluster slot.
local P = string.sub(KEYS[1], 1, -5)
