declare module 'bpmn-moddle' {
  interface MetaProperty {
    readonly name: string
    readonly ns: { readonly localName: string }
    readonly type: string
    readonly isAttr?: boolean
    readonly isMany?: boolean
    readonly isReference?: boolean
    readonly isBody?: boolean
    readonly default?: unknown
  }
  interface MetaType {
    readonly $descriptor: {
      readonly properties: readonly MetaProperty[]
      readonly allTypes: readonly { readonly name: string }[]
    }
  }
  /** An element as its reader gives it. */
  export interface MetaElement {
    readonly $type: string
    readonly sourceRef?: MetaElement
    readonly targetRef?: MetaElement
    get(name: 'incoming' | 'outgoing'): MetaElement[]
  }
  /**
   * The metamodel of BPMN 2.0 with its own reader and writer. The import uses the metamodel only; the reader and writer serve to lay out a
   * drawing.
   */
  export class BpmnModdle {
    /** With further packages, by prefix. */
    constructor(packages?: Readonly<Record<string, object>>)
    getType(name: string): MetaType
    getPackage(prefix: string): { readonly types: readonly { readonly name: string; readonly isAbstract?: boolean }[] }
    fromXML(xml: string): Promise<{
      readonly rootElement: MetaElement
      readonly elementsById: Readonly<Record<string, MetaElement>>
      readonly warnings: readonly { readonly message: string }[]
    }>
    toXML(root: MetaElement): Promise<{ readonly xml: string }>
  }
}
