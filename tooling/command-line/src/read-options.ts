/**
 * What the command line asks for, as `parse` understands it. Where that throws: nothing, after what it says and the
 * usage were printed; the exit code is 2 then.
 */
export function readOptions<Options>(parse: (argv: readonly string[]) => Options, usage: string): Options | undefined {
  try {
    return parse(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exitCode = 2
    return undefined
  }
}
