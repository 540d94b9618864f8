declare module 'bpmn-auto-layout' {
  /** Gives the file with a diagram made for it. */
  export function layoutProcess(xml: string): Promise<string>
}
