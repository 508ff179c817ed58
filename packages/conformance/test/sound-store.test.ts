import { testStore } from '../src/index.js'
import { openMemory } from './open-memory.js'

testStore({ name: 'the sound store', open: () => openMemory() })
