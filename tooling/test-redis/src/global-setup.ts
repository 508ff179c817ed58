/** Placeholder until the sources of a server are written. */
export async function setup(): Promise<void> {}
