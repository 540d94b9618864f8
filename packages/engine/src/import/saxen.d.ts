declare module 'saxen' {
  interface ElementInHand {
    readonly name: string
    readonly originalName: string
    readonly attrs: Record<string, string> | false
    readonly ns: Readonly<Record<string, string>>
  }
  type Decode = (text: string) => string
  /** A SAX parser. `ns` gives elements and attributes the prefixes of the given map, whatever the file calls them. */
  export class Parser {
    constructor(options: { readonly proxy: true })
    ns(prefixes: Readonly<Record<string, string>>): this
    on(event: 'openTag', handle: (element: ElementInHand, decode: Decode, selfClosing: boolean) => void): this
    on(event: 'closeTag', handle: (element: ElementInHand, decode: Decode, selfClosing: boolean) => void): this
    on(event: 'text' | 'cdata' | 'comment' | 'question' | 'attention', handle: (text: string) => void): this
    on(event: 'error' | 'warn', handle: (error: Error) => void): this
    parse(text: string): Error | null
    stop(): void
  }
}
