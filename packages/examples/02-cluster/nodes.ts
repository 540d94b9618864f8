import { type ChildProcess, fork } from 'node:child_process'

/** Node processes of which some are killed while they work. */
export interface Nodes {
  /** Ends one at random as a power failure would, and starts another in its place. */
  killOne(): Promise<void>
  /** Halts one at random for so many milliseconds: longer than its lease, and what it does then comes too late. Returns at once. */
  hangOne(ms: number): void
  /** Ends all. */
  stop(): void
}

export async function startNodes(count: number, url: string): Promise<Nodes> {
  const nodes = await Promise.all(Array.from({ length: count }, () => startNode(url)))
  return {
    async killOne() {
      const place = Math.floor(Math.random() * nodes.length)
      nodes[place]?.kill('SIGKILL')
      nodes[place] = await startNode(url)
    },
    hangOne(ms) {
      const node = nodes[Math.floor(Math.random() * nodes.length)]
      node?.kill('SIGSTOP')
      setTimeout(() => node?.kill('SIGCONT'), ms).unref()
    },
    stop() {
      for (const node of nodes) node.kill('SIGKILL')
    },
  }
}

function startNode(url: string): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const node = fork(new URL('node.ts', import.meta.url), [url])
    node.once('message', () => resolve(node))
    node.once('exit', () => reject(new Error('a node ended before it was ready')))
  })
}
