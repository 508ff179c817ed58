/** What a call throws that always does, as `snooze` and `rateLimited` of a context, for a handler that ends by it later. */
export function thrownBy(call: () => never): unknown {
  try {
    return call()
  } catch (thrown) {
    return thrown
  }
}
