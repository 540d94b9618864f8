/** Extensions that would change how a process runs and are not executed: why, and what to do instead. By local name. */
export const REFUSED_EXTENSIONS: Readonly<Record<string, { readonly why: string; readonly instead: string }>> = {
  caseRef: {
    why: 'CMMN is not executed',
    instead: 'Call a process instead (calledElement), or start the case in the handler of a service task.',
  },
  caseDefinitionKey: {
    why: 'CMMN is not executed',
    instead: 'Call a process instead (a call activity), or start the case in the handler of a service task of another type.',
  },
  calledElementType: {
    why: 'what is called is named by its key',
    instead: 'Give calledElement the key of the process and leave calledElementType out.',
  },
  asyncLeaveExclusive: { why: 'commands of one instance run one after the other', instead: 'Remove it.' },
  extensionId: { why: "a kind of task of the vendor's own", instead: 'Give the task a type, and the engine a handler of that name.' },
  mailSender: { why: 'a handler of the host sends mail', instead: 'Give the engine a handler "mail", and remove it.' },
  inParameter: { why: "a task of the vendor's own", instead: 'Give the task a type and fields, and the engine a handler of that name.' },
  outParameter: {
    why: "a task of the vendor's own",
    instead: 'Give the task a type and a resultVariable, and the engine a handler of that name.',
  },
  eventListener: {
    why: 'listeners of what the engine does belong to the host (`engine.on`)',
    instead: 'Listen by engine.on, or write it as an executionListener or taskListener.',
  },
}
