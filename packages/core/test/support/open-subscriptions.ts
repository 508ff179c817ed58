import type { World } from './a-world.js'

/** Counts the subscriptions that begin from now on through the world's store, and have not been ended. */
export function openSubscriptions({ faults }: World): { readonly open: () => number } {
  let open = 0
  faults.set('subscribe', async (run) => {
    const end = (await run()) as () => Promise<void>
    open++
    return async () => {
      open--
      await end()
    }
  })
  return { open: () => open }
}
