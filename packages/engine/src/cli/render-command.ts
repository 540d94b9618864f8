import { drawDiagram } from '../diagram/draw-diagram.ts'
import { NO_OVERLAY, type Overlay } from '../diagram/overlay.ts'
import { readDiagram } from '../diagram/read-diagram.ts'
import { escapeText } from '../diagram/svg.ts'
import { decodeSource } from '../import/decode.ts'
import { inspectModel } from '../import/inspect-model.ts'
import type { Engine } from '../runtime/engine-api.ts'
import { EngineError } from '../runtime/errors.ts'
import type { DeployedProcess } from '../runtime/processes.ts'
import { type CliFlags, type CliIo, type ExitCode, UsageError } from './io.ts'
import { layOut } from './lay-out.ts'
import { withStored } from './open-stored.ts'
import { OverlaySum, overlayOf } from './overlay-of.ts'

/**
 * Draws a file, or with `--db` an instance: its tokens, what it did, what is stuck; or a process with all of its instances together. A file
 * without a diagram is laid out.
 */
export async function renderCommand(io: CliIo, names: readonly string[], flags: CliFlags): Promise<ExitCode> {
  const [name] = names
  if (name === undefined || names.length > 1) throw new UsageError('render needs one file, or with --db one instance or process')
  const { title, xml, overlay } =
    flags.db === undefined
      ? { title: name, xml: decodeSource(await io.readFile(name)).text, overlay: NO_OVERLAY }
      : await withStored(io, flags, (engine) => stored(engine, name))
  let diagram = readDiagram(xml)
  if (diagram.shapes.length === 0) {
    const unread = (await inspectModel(xml)).diagnostics.filter(({ code }) => UNREADABLE.has(code))
    for (const { line, column, code, message } of unread) io.error(`${name}:${line ?? 1}:${column ?? 1}: error ${code}: ${message}`)
    if (unread.length > 0) return 1
    diagram = readDiagram(await layOut(xml))
  }
  const svg = drawDiagram(diagram, overlay)
  const text = flags.out?.endsWith('.html') ? page(title, svg) : svg
  if (flags.out === undefined) io.out(text)
  else await io.writeFile(flags.out, text)
  return 0
}

/** What stands in the way of any diagram. */
const UNREADABLE: ReadonlySet<string> = new Set(['notWellFormed', 'notBpmn'])

interface Drawn {
  readonly title: string
  readonly xml: string
  readonly overlay: Overlay
}

async function stored(engine: Engine, id: string): Promise<Drawn> {
  const view = await engine.instances.get(id)
  if (view === null) {
    const processes = await engine.processes.list()
    const process = processes.find((one) => one.id === id) ?? processes.find((one) => one.key === id) // the newest version comes first
    if (process !== undefined) return allOf(engine, process)
    const message = `There is no instance ${id}, and no process of that key or definition id.`
    throw new EngineError('unknownInstance', message, { instanceId: id })
  }
  const { key, version } = view.definition
  const xml = decodeSource(await engine.processes.xml(view.definition.id)).text
  return { title: `${key} v${version}, instance ${id}: ${view.status}`, xml, overlay: overlayOf(view, await engine.history(id)) }
}

/** All instances of a definition, the newest first. */
async function allOf(engine: Engine, { id, key, version }: DeployedProcess): Promise<Drawn> {
  const sum = new OverlaySum()
  let instances = 0
  let open = 0
  let after: string | undefined
  do {
    const found = await engine.instances.find({
      processKey: key,
      orderBy: '-startedAt',
      limit: PAGE,
      ...(after !== undefined && { after }),
    })
    for (const view of found) {
      if (view.definition.id !== id || instances === INSTANCES_MAX) continue
      instances += 1
      if (view.endedAt === null) open += 1
      sum.add(overlayOf(view, await engine.history(view.id)))
    }
    after = instances === INSTANCES_MAX ? undefined : found.next
  } while (after !== undefined)
  const most = instances === INSTANCES_MAX ? ` (the newest ${INSTANCES_MAX})` : ''
  const title = `${key} v${version}: ${instances} ${instances === 1 ? 'instance' : 'instances'}${most}, ${open} open`
  return { title, xml: decodeSource(await engine.processes.xml(id)).text, overlay: sum.sum() }
}

const PAGE = 200
/** Most instances whose history is read for one drawing. */
const INSTANCES_MAX = 10_000

function page(title: string, svg: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeText(title)}</title>
<style>body { font-family: sans-serif; margin: 1rem } svg { max-width: 100%; height: auto }</style>
<h1>${escapeText(title)}</h1>
<p>Green disc: tokens here now. Orange: off the path. Red: stuck. ✓: how often it was completed, warmer the oftener. Thick: the flow was taken.</p>
${svg}
</html>
`
}
