import { drawDiagram } from '../diagram/draw-diagram.ts'
import { NO_OVERLAY, type Overlay } from '../diagram/overlay.ts'
import { readDiagram } from '../diagram/read-diagram.ts'
import { escapeText } from '../diagram/svg.ts'
import { decodeSource } from '../import/decode.ts'
import type { Engine } from '../runtime/engine-api.ts'
import { EngineError } from '../runtime/errors.ts'
import { type CliFlags, type CliIo, type ExitCode, UsageError } from './io.ts'
import { layOut } from './lay-out.ts'
import { withStored } from './open-stored.ts'
import { overlayOf } from './overlay-of.ts'

/** Draws a file, or with `--db` an instance: its tokens, what it did, what is stuck. A file without a diagram is laid out. */
export async function renderCommand(io: CliIo, names: readonly string[], flags: CliFlags): Promise<ExitCode> {
  const [name] = names
  if (name === undefined || names.length > 1) throw new UsageError('render needs one file, or with --db one instance')
  const { title, xml, overlay } =
    flags.db === undefined
      ? { title: name, xml: decodeSource(await io.readFile(name)).text, overlay: NO_OVERLAY }
      : await withStored(io, flags, (engine) => stored(engine, name))
  let diagram = readDiagram(xml)
  if (diagram.shapes.length === 0) diagram = readDiagram(await layOut(xml))
  const svg = drawDiagram(diagram, overlay)
  const text = flags.out?.endsWith('.html') ? page(title, svg) : svg
  if (flags.out === undefined) io.out(text)
  else await io.writeFile(flags.out, text)
  return 0
}

async function stored(engine: Engine, id: string): Promise<{ title: string; xml: string; overlay: Overlay }> {
  const view = await engine.instances.get(id)
  if (view === null) throw new EngineError('unknownInstance', `There is no instance ${id}.`, { instanceId: id })
  const { key, version } = view.definition
  const xml = decodeSource(await engine.processes.xml(view.definition.id)).text
  return { title: `${key} v${version}, instance ${id}: ${view.status}`, xml, overlay: overlayOf(view, await engine.history(id)) }
}

function page(title: string, svg: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeText(title)}</title>
<style>body { font-family: sans-serif; margin: 1rem } svg { max-width: 100%; height: auto }</style>
<h1>${escapeText(title)}</h1>
<p>Green disc: tokens here now. Orange: off the path. Red: stuck. ✓: how often it was completed. Thick: the flow was taken.</p>
${svg}
</html>
`
}
