import { ManualClock } from '@goscheds/core'
import { MemoryStore } from '@goscheds/memory'
import { testStore } from '../src/index.js'

testStore({
  name: 'MemoryStore',
  open: async () => {
    const clock = new ManualClock()
    const store = new MemoryStore({ clock })
    return {
      store,
      runtime: clock,
      advance: (ms) => clock.advance(ms),
      now: async () => clock.now(),
      close: () => store.close(),
    }
  },
})
