import { testStore } from '../src/index.js'
import { fault } from './broken/fault.js'
import { claimingWhenReady } from './broken/waits-that-claim.js'
import { openMemory } from './open-memory.js'

testStore({ name: 'the sound store', open: () => openMemory() })

// What the memory store leaves out, so that the broken stores which do it wrongly are broken by nothing else.
const claimsWhenReady = fault('claims when a wait is over', '', claimingWhenReady)
testStore({ name: 'the sound store that claims when a wait is over', open: () => openMemory(claimsWhenReady) })
