import { testStore } from '@goscheds/conformance'
import { ManualClock } from '@goscheds/core'
import { ToyStore } from '../src/toy-store.js'

testStore({
  name: 'the toy store',
  // What a Scheduler and a Worker need. `full` adds inspection, control and the registry of workers.
  level: 'core',
  open: async () => {
    const clock = new ManualClock()
    const store = new ToyStore(clock)
    return {
      store,
      runtime: clock,
      now: async () => clock.now(),
      advance: (ms) => clock.advance(ms),
      close: () => store.close(),
    }
  },
})
