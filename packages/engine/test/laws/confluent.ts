import type { Block, Content, ModelShape, Repeat, SubProcessBlock, TaskBlock } from './model-shape.ts'

/**
 * The model without all that makes its outcome a matter of who comes first: races of events, interruptions, messages to itself.
 * Whatever the order of work, it ends with the same variables and the same activities done.
 */
export function confluent(shape: ModelShape): ModelShape {
  return { ...shape, begins: 'itself', content: content(shape.content) }
}

function content({ start, blocks, ending }: Content): Content {
  const tame: Content['ending'] =
    ending.kind === 'fork'
      ? {
          ...ending,
          tails: ending.tails.map((tail) => ({ blocks: tail.blocks.map(block), event: tail.event === 'missing' ? 'missing' : 'none' })),
        }
      : { kind: 'end', event: ending.kind === 'end' && ending.event === 'missing' ? 'missing' : 'none' }
  return { start, blocks: blocks.map(block), ending: tame, handlers: [] }
}

function block(one: Block): Block {
  switch (one.kind) {
    case 'task':
      return { ...one, ...activity(one) }
    case 'subProcess':
      return { ...one, ...activity(one), transaction: false, content: content(one.content) }
    case 'event':
      return one.event.startsWith('throw') ? { ...one, event: 'throwNone' } : one
    case 'exclusive':
    case 'parallel':
    case 'inclusive':
      return { ...one, branches: one.branches.map((branch) => branch.map(block)), gap: false }
    case 'complex':
    case 'events': {
      const branches = one.kind === 'complex' ? one.branches : one.branches.map((branch) => branch.blocks)
      const plain = { above: [1, 1, 1], implicitSplit: false, otherJoin: false, gap: false, async: { before: false, after: false } }
      return { kind: 'parallel', branches: branches.map((branch) => branch.map(block)), ...plain }
    }
    case 'loop':
      return { ...one, body: one.body.map(block) }
    case 'crowd':
      return one
    case 'adHoc':
    case 'guard':
    case 'link':
      return { kind: 'link' }
  }
}

function activity({ repeat }: TaskBlock | SubProcessBlock): {
  readonly repeat: Repeat | null
  readonly boundaries: readonly []
  readonly undo: null
} {
  if (repeat?.kind !== 'multiInstance') return { repeat, boundaries: [], undo: null }
  return {
    undo: null,
    repeat: {
      ...repeat,
      tells: null,
      source: repeat.source === 'late' ? 'collection' : repeat.source,
      completion: repeat.sequential ? repeat.completion : null,
    },
    boundaries: [],
  }
}
