import { testStore } from '@goscheds/conformance'
import { openManualMemoryStore } from '../src/testing.js'

testStore({ name: 'memory', open: () => Promise.resolve(openManualMemoryStore()) })
