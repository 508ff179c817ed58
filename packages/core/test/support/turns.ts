/** Lets everything that is ready to run, run: so many turns of the event loop. No time passes on a manual clock. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}
