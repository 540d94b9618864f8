import { nameOfOwner } from '../../src/import/dialects/extension-rule.ts'
import { KEPT, UNREAD } from './not-read.ts'
import type { Row } from './row.ts'
import { TABLES, type Table } from './rows.ts'

/** docs/reference/vendor-extensions.md as it is to stand; `node scripts/extensions-table.mjs` writes it. */
export function extensionsPage(): string {
  const sections = TABLES.map((table) => {
    const rows = [...table.rows].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1)).map((row) => rowOf(table, row))
    return `## ${table.title}\n\n| name | on | ${isFamily(table) ? 'written by | ' : ''}what it does |\n|---|---|${isFamily(table) ? '---|' : ''}---|\n${rows.join('\n')}\n`
  })
  return `# Vendor extensions

Made from the import's tables of names (\`packages/engine/src/import/dialects\`) and the proofs of \`packages/engine/test/dialects\`: each row is a model that has
the extension, written by each of its vendors, and what is seen when it runs; the tests run it, and run it again without the extension to see that it makes the difference.
What differs by dialect beside these names stands in [dialects](dialects.md). A name with a slash is an attribute of that element.

${sections.join('\n')}
## Known, and changes nothing

| name | why |
|---|---|
${reasons(KEPT, 'read')}

## Named when it is imported (\`extensionIgnored\`): it has no effect here

| name | why |
|---|---|
${reasons(UNREAD, 'ignored')}

## Refused (\`unsupportedExtension\`): it would change how the process runs

| name | why |
|---|---|
${reasons(UNREAD, 'steers')}
`
}

function isFamily({ vendors }: Table): boolean {
  return vendors.length > 1
}

function rowOf(table: Table, { name, on, does, vendors }: Row): string {
  const owners =
    table.rules
      .get(name.split('/')[0] ?? '')
      ?.owners?.map(nameOfOwner)
      .join(', ') ?? 'any element'
  const writers = (vendors ?? table.vendors).length === table.vendors.length ? 'all four' : (vendors ?? []).join(', ')
  return `| \`${name}\` | ${on ?? owners} | ${isFamily(table) ? `${writers} | ` : ''}${does.replaceAll('|', '\\|')} |`
}

function reasons(known: Readonly<Record<string, string>>, effect: string): string {
  const names = TABLES.flatMap(({ rules }) => [...rules].flatMap(([name, rule]) => (rule.effect === effect ? [name] : [])))
  return [...new Set(names)]
    .filter((name) => Object.hasOwn(known, name))
    .sort()
    .map((name) => `| \`${name}\` | ${known[name]} |`)
    .join('\n')
}
