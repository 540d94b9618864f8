/** The bundler hands a model over as its text. */
declare module '*.bpmn' {
  const source: string
  // biome-ignore lint/style/noDefaultExport: the bundler's text loader has no other export
  export default source
}
