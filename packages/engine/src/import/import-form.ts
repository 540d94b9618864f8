import { decodeSource } from './decode.ts'
import type { Diagnostic } from './diagnostics.ts'
import { createFindings } from './findings.ts'
import { DEFAULT_LIMITS } from './limits.ts'

/** True where a file of this name is a form: kept as it is, for the host to show. */
export function isForm(name: string | null): boolean {
  return name !== null && /\.(?:form|json|html?)$/i.test(name)
}

/** Looks at a form. One of form-js (`.form`, `.json`) must be an object of JSON; others are not read. */
export function importForm(name: string, source: string | Uint8Array): readonly Diagnostic[] {
  const { sourceMax } = DEFAULT_LIMITS
  const findings = createFindings('', 1, () => false)
  if (source.length > sourceMax) findings.add('sourceTooLarge', 0, `The file has ${source.length} bytes; the limit is ${sourceMax}.`)
  else if (!/\.html?$/i.test(name) && !isObject(source)) findings.add('invalidForm', 0, `The form "${name}" is not an object of JSON.`)
  return findings.list()
}

function isObject(source: string | Uint8Array): boolean {
  try {
    const form: unknown = JSON.parse(decodeSource(source).text)
    return typeof form === 'object' && form !== null && !Array.isArray(form)
  } catch {
    return false
  }
}
