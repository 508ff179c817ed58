const manyJobs = 'a sequence has a handful of jobs; it shows with thousands'
const texts = 'the texts of a sequence are short'
const damage = 'no record is damaged in a sequence'
const blocking = 'no wait of a sequence blocks'
const lifecycle = 'a sequence opens its store once and closes it once; the name of the store is no outcome'
const hints = 'hints are no outcomes: one may be lost, repeated or late, so there is nothing to compare'
const sound = 'no sequence damages its store, so an audit that finds too little is not noticed'
const oneHandle = 'a sequence is one caller on one handle'

/** The broken stores that the model cannot tell from a sound one, each with the reason. The cases catch them. */
export const unseenFaults: Readonly<Record<string, string>> = {
  'keeps half a mebibyte of a payload': texts,
  'enqueue forgets what is beyond the first 1000': manyJobs,
  'claim forgets what is beyond the first 1000': manyJobs,
  'extend forgets what is beyond the first 1000': manyJobs,
  'settle forgets what is beyond the first 1000': manyJobs,
  'cancel forgets what is beyond the first 1000': manyJobs,
  'reschedule forgets what is beyond the first 1000': manyJobs,
  'remove forgets what is beyond the first 1000': manyJobs,
  'redrive forgets what is beyond the first 1000': manyJobs,
  'get forgets what is beyond the first 1000': manyJobs,
  'gives up after 500 cancelled jobs': manyJobs,
  'fails the claim for a damaged record': damage,
  'passes damaged records over': damage,
  'cannot show a damaged record': damage,
  'cannot settle a damaged record': damage,
  'waits ten times as long as it is told': blocking,
  'leaves waits waiting when it closes': lifecycle,
  'cannot be closed twice': lifecycle,
  'starts afresh when opened again': lifecycle,
  'does not say what it is': lifecycle,
  'hints at nothing': hints,
  'hints after the subscription has ended': hints,
  'knows one listener only': hints,
  'names no job in the hint of a cancel': hints,
  'confirms no damage': sound,
  'calls every damage the same': sound,
  'does not say which job is damaged': sound,
  'audits the first page only': sound,
  'audits everything in one look': sound,
  'suspects something in an empty store': sound,
  'gives every handle jobs of its own': oneHandle,
}
