import { testModel } from '@goscheds/conformance'
import { ManualClock, MemoryStore } from '../src/index.js'

// Against itself: this is what shows that the sequences and the comparison are sound.
testModel({
  name: 'memory',
  runs: 10_000,
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
