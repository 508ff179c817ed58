import { testStore } from '@goscheds/conformance'
import { ManualClock, MemoryStore } from '../src/index.js'

testStore({
  name: 'memory',
  open: () => {
    const clock = new ManualClock()
    const store = new MemoryStore({ clock })
    return Promise.resolve({
      store,
      advance: (ms) => clock.advance(ms),
      now: () => Promise.resolve(clock.now()),
      runtime: clock,
      close: () => store.close(),
    })
  },
})
