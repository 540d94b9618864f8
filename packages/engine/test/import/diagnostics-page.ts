import type { DiagnosticCode, DiagnosticCodeEntry } from '../../src/import/diagnostic-codes.ts'

/** docs/reference/diagnostics.md as it is to stand; `node scripts/diagnostics-table.mjs` writes it. */
export function diagnosticsPage(codes: Readonly<Record<DiagnosticCode, DiagnosticCodeEntry>>): string {
  const rows = Object.entries(codes).map(([code, { severity, inDrawings, meaning, hint }]) => {
    const drawn = inDrawings === 'info' && severity !== 'info' ? 'info' : 'same'
    return `| \`${code}\` | ${severity} | ${drawn} | ${cell(meaning)} | ${cell(hint ?? '')} |`
  })
  return `# Diagnostics of the import

A diagnostic is a finding at import: \`{ code, severity, message, elementId?, related?, trace?, line?, column?, hint? }\`. Errors stop a
deployment, warnings and infos do not. All findings of a file come at once, in order of their place. Codes are stable.

The severity given here is the rule; a finding may be milder or stricter where its message says why. In a process with
\`isExecutable="false"\`, a drawing, most codes are infos, unless the drawing is to be deployed (\`includeDrawings\`).

| code | severity | in drawings | what is so | what to do |
|---|---|---|---|---|
${rows.join('\n')}
`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
