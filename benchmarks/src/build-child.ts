import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/** A run's program, bundled. */
export interface BuiltChild {
  readonly file: string
  remove(): Promise<void>
}

/**
 * Bundles the program of a run once for all of its processes: compiling it anew in each took as long as some runs. The
 * packages stay outside, so that what is measured is what users get. `checkout` is the folder of the repository.
 */
export async function buildChild(checkout: string): Promise<BuiltChild> {
  const benchmarks = join(checkout, 'benchmarks')
  const source = join(benchmarks, 'src')
  // Programs that runs start beside themselves. Another checkout may have none.
  const beside = await readdir(join(source, 'scale')).catch(() => [])
  const helpers = beside.filter((name) => name.endsWith('-main.ts')).map((name) => join('scale', name))
  // Beneath the package's folder, so that it finds the package's dependencies.
  const cache = join(benchmarks, 'node_modules', '.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'child-'))
  const file = join(folder, 'child.mjs')
  await build({
    entryPoints: ['child.ts', ...helpers].map((name) => join(source, name)),
    outbase: source,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What the adapters load only when they are opened must stay apart, or every process would have all of it.
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
  return { file, remove: () => rm(folder, { recursive: true, force: true }) }
}
