-- Removes every key of a namespace, after a test.
-- KEYS: 1 jobs
-- ARGV: none
-- Returns: nothing.
-- Invariant: touches no other namespace, whatever special characters the name of this one has.
--@include prefix

for _, key in ipairs(redis.call('KEYS', '*')) do
  if string.sub(key, 1, #P) == P then
    redis.call('DEL', key)
  end
end
