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
  /** The metamodel of BPMN 2.0 with its own reader and writer; only the metamodel is used here. */
  export class BpmnModdle {
    getType(name: string): MetaType
    getPackage(prefix: string): { readonly types: readonly { readonly name: string; readonly isAbstract?: boolean }[] }
  }
}
