import ts from 'typescript'

/** What the rules look at in one file. */
export interface Source {
  /** From the repository's root, with forward slashes: `packages/engine/src/kernel/step.ts`. */
  readonly path: string
  readonly imports: readonly Import[]
  /** Platform globals, and calls that read the clock or chance, as `name:line`. */
  readonly impurities: readonly string[]
}

/** One `import`, `export … from`, `import()` or `import('…')` in a type. */
export interface Import {
  readonly specifier: string
  /** Names taken; null for all (namespace, side effect, `import()`). */
  readonly names: readonly ImportedName[] | null
  readonly line: number
}

export interface ImportedName {
  readonly name: string
  readonly isType: boolean
}

/** Reads one file's imports and platform uses off its syntax tree. */
export function readSource(path: string, text: string): Source {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false)
  const imports: Import[] = []
  const uses: Use[] = []
  const declared = new Set<string>()
  const lineOf = (node: ts.Node): number => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
  const visit = (node: ts.Node): void => {
    const found = importOf(node)
    if (found) imports.push({ ...found, line: lineOf(node) })
    declaredBy(node, declared)
    const use = useOf(node)
    if (use) uses.push({ name: use, line: lineOf(node) })
    for (const child of expressionChildren(node)) visit(child)
  }
  visit(file)
  // A name that the file itself declares (a parameter called `process`) is not the platform's; the linter knows the scopes.
  const impurities = uses.filter((use) => !declared.has(use.name)).map((use) => `${use.name}:${use.line}`)
  return { path, imports, impurities }
}

interface Use {
  readonly name: string
  readonly line: number
}

function importOf(node: ts.Node): Omit<Import, 'line'> | null {
  if (ts.isImportDeclaration(node)) return { specifier: textOf(node.moduleSpecifier), names: importedNames(node.importClause) }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    const clause = node.exportClause
    const names = clause && ts.isNamedExports(clause) ? clause.elements.map((one) => nameOf(one, node.isTypeOnly)) : null
    return { specifier: textOf(node.moduleSpecifier), names }
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const name = node.qualifier ? textOf(node.qualifier) : '*'
    return { specifier: textOf(node.argument.literal), names: [{ name, isType: true }] }
  }
  if (ts.isCallExpression(node) && node.arguments[0] && ts.isStringLiteralLike(node.arguments[0])) {
    const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require'
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword || isRequire) return { specifier: node.arguments[0].text, names: null }
  }
  return null
}

function importedNames(clause: ts.ImportClause | undefined): readonly ImportedName[] | null {
  if (!clause) return null
  const typeOnly = clause.phaseModifier === ts.SyntaxKind.TypeKeyword
  const byDefault = clause.name ? [{ name: 'default', isType: typeOnly }] : []
  const bindings = clause.namedBindings
  if (!bindings) return byDefault
  if (ts.isNamespaceImport(bindings)) return typeOnly ? [{ name: '*', isType: true }] : null
  return [...byDefault, ...bindings.elements.map((one) => nameOf(one, typeOnly))]
}

function nameOf(one: ts.ImportSpecifier | ts.ExportSpecifier, typeOnly: boolean): ImportedName {
  return { name: (one.propertyName ?? one.name).text, isType: typeOnly || one.isTypeOnly }
}

function textOf(node: ts.Node): string {
  if (ts.isStringLiteralLike(node) || ts.isIdentifier(node)) return node.text
  return ts.isQualifiedName(node) ? `${textOf(node.left)}.${node.right.text}` : ''
}

const PLATFORM = new Set(
  `process Buffer setTimeout setInterval setImmediate clearTimeout clearInterval queueMicrotask requestAnimationFrame crypto
  performance fetch console structuredClone globalThis window document self require eval Temporal`.split(/\s+/),
)
const PROPERTIES = new Set(['Date.now', 'Math.random', 'Promise.all', 'Promise.race', 'Promise.resolve', 'Promise.reject'])

/** `Function.prototype` and `instanceof Promise` only look; calling them makes code or a promise. */
function useOf(node: ts.Node): string | null {
  if (ts.isIdentifier(node)) return PLATFORM.has(node.text) ? node.text : null
  if (ts.isAwaitExpression(node)) return 'await'
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const name = `${node.expression.text}.${node.name.text}`
    return PROPERTIES.has(name) ? name : null
  }
  if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && ts.isIdentifier(node.expression)) {
    const name = node.expression.text
    if (name === 'Function' || name === 'Promise') return name
    if (name === 'Date' && ts.isCallExpression(node)) return 'Date()'
    if (name === 'Date' && !node.arguments?.length) return 'new Date()'
  }
  return null
}

function declaredBy(node: ts.Node, declared: Set<string>): void {
  const declares =
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isBindingElement(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isImportSpecifier(node)
  if (declares && node.name && ts.isIdentifier(node.name)) declared.add(node.name.text)
}

/** The children that can hold a use of a value: types, and names that only label something, are left out. */
function expressionChildren(node: ts.Node): readonly ts.Node[] {
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => {
    const isLabel = ts.isIdentifier(child) && 'name' in node && node.name === child && !ts.isShorthandPropertyAssignment(node)
    const isTypeName = ts.isIdentifier(child) && (ts.isTypeReferenceNode(node) || ts.isQualifiedName(node) || ts.isTypeQueryNode(node))
    const isPropertyName = ts.isIdentifier(child) && 'propertyName' in node && node.propertyName === child
    if (!isLabel && !isTypeName && !isPropertyName) children.push(child)
  })
  return children
}
