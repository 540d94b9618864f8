// Links between the pages of this repository lead somewhere, headings included; each page of docs is linked from another one; and the files
// that a
// page names by their path within packages are there.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' })
const pages = listed.split('\n').filter((page) => page !== '' && !page.startsWith('.') && existsSync(join(root, page)))
const proseOf = new Map(pages.map((page) => [page, withoutCode(readFileSync(join(root, page), 'utf8'))]))
/** A path within packages, as the table of faults names tests. */
const NAMED = /`((?:engine|storage|case-adaptive|examples)\/(?:src|test|bench|[0-9]{2}-)[\w./-]*)`/g
const problems = []
const linked = new Set()

for (const [page, prose] of proseOf) {
  for (const [, target] of prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)) checkLink(page, target)
  if (page.startsWith('docs/')) for (const [, path] of prose.matchAll(NAMED)) checkNamed(page, path)
}
for (const page of pages) {
  if (!page.startsWith('docs/') || linked.has(page) || linked.has(dirname(page))) continue
  problems.push(`${page}: no other page leads here; link it where somebody looks who needs it`)
}
for (const problem of problems) console.error(problem)
console.log(`${pages.length} pages, ${problems.length} broken links or pages without one`)
process.exitCode = problems.length === 0 ? 0 : 1

function checkLink(page, target) {
  if (/^[a-z]+:/i.test(target)) return // somebody else's
  const [path, anchor] = target.split('#')
  const file = path === '' ? page : normalize(join(dirname(page), decodeURI(path))).replace(/\/$/, '')
  const place = join(root, file)
  if (!existsSync(place)) return void problems.push(`${page}: the link to ${target} leads nowhere`)
  if (file !== page) linked.add(file)
  if (anchor === undefined || statSync(place).isDirectory() || !proseOf.has(file)) return
  if (!anchorsOf(proseOf.get(file)).has(anchor)) problems.push(`${page}: ${file} has no heading #${anchor}`)
}

function checkNamed(page, path) {
  const place = join(root, 'packages', path)
  if (!['', '.test.ts', '.property.test.ts', '.ts', '.mjs'].some((end) => existsSync(place + end)))
    problems.push(`${page}: packages/${path} is not there`)
}

/** As GitHub makes them. */
function anchorsOf(prose) {
  const anchors = new Set()
  for (const [, title] of prose.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const text = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '')
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-')
    let unique = slug
    for (let n = 1; anchors.has(unique); n++) unique = `${slug}-${n}`
    anchors.add(unique)
  }
  return anchors
}

/** Without fenced blocks: what stands in them are no links. */
function withoutCode(text) {
  return text.replaceAll(/^(```+)[^\n]*\n[\s\S]*?^\1\s*$/gm, '')
}
