import { dirname, join, relative, sep } from 'node:path'
import type { Rule } from 'eslint'

const SCOPE = '@goscheds/'

/**
 * Keeps the packages apart: core imports no other package of ours, every other one imports core only and none its
 * neighbours' files. The conformance suite also imports memory, its model. The folders under `packages/` say which is which, so a new package falls under it by itself.
 * Tests may import every package, by its name.
 */
export const packageBoundaries: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      leaves: 'This path leaves the package "{{from}}". Import another package by its name.',
      deep: 'Import "{{scope}}{{to}}" by its name alone: what lies behind it is private to that package.',
      self: 'A package does not import itself by name: use a relative path.',
      core: 'Core imports no other package of ours: stores are built on core, not the other way round.',
      neighbour: '"{{from}}" may import {{scope}}core only, and no "{{to}}": what both need belongs to core.',
    },
  },
  create(context) {
    const place = packageOf(context.filename, context.cwd)
    if (place === undefined) return {}
    const { name: from, root, folder } = place

    const check = (node: Rule.Node, specifier: unknown): void => {
      if (typeof specifier !== 'string') return
      if (specifier.startsWith('.')) {
        const target = relative(root, join(dirname(context.filename), specifier))
        if (target === '..' || target.startsWith(`..${sep}`))
          context.report({ node, messageId: 'leaves', data: { from } })
        return
      }
      if (!specifier.startsWith(SCOPE)) return
      const [to = '', ...deep] = specifier.slice(SCOPE.length).split('/')
      const report = (messageId: string): void => {
        context.report({ node, messageId, data: { from, to, scope: SCOPE } })
      }
      if (deep.length > 0 && deep[0] === 'src') report('deep')
      else if (folder !== 'src') return
      else if (to === from) report('self')
      else if (from === 'core') report('core')
      else if (to !== 'core' && !isModel(from, to)) report('neighbour')
    }

    return {
      ImportDeclaration: (node) => {
        check(node, node.source.value)
      },
      ExportNamedDeclaration: (node) => {
        check(node, node.source?.value)
      },
      ExportAllDeclaration: (node) => {
        check(node, node.source.value)
      },
      ImportExpression: (node) => {
        check(node, node.source.type === 'Literal' ? node.source.value : undefined)
      },
      // `import('…').Type`, which is no expression.
      TSImportType: (node: Rule.Node) => {
        const { source } = node as unknown as { source?: { value?: unknown } }
        check(node, source?.value)
      },
    }
  },
}

/** The suite compares every store with the reference. */
function isModel(from: string, to: string): boolean {
  return from === 'conformance' && to === 'memory'
}

function packageOf(filename: string, workspace: string): { name: string; root: string; folder: string } | undefined {
  const [packages, name, folder] = relative(workspace, filename).split(sep)
  if (packages !== 'packages' || name === undefined || folder === undefined) return undefined
  return { name, root: join(workspace, packages, name), folder }
}
