import type {
  CommandBody,
  Decision,
  DecisionTools,
  Extension,
  ExtensionOutcome,
  InstanceReader,
  KernelEvent,
} from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { CaseCommand } from '../case/commands.ts'
import type { Rules } from '../case/decision-rules.ts'
import { endItemJob } from '../case/ends.ts'
import { completeItem } from '../case/items.ts'
import { EXTENSION } from '../case/jobs.ts'
import { customerTold, tellOfPath } from '../case/tell-customer.ts'
import { pinsOf } from '../deviation/adopted.ts'
import { besideOf } from '../deviation/beside.ts'
import { undoFailed, undoneFor } from '../deviation/compensables.ts'
import { tookLate } from '../deviation/late-results.ts'
import { observe } from '../deviation/observe.ts'
import { leaveAnswer, PREVIEW, Previewed } from '../deviation/preview.ts'
import { compensateNext } from '../deviation/undo.ts'
import { recordStateAfter } from '../guarantee/state-digest.ts'
import { checkItemRight, checkItemWork } from '../people/command-rights.ts'
import { deadEndsOf } from '../people/no-dead-end.ts'
import { watchWork } from '../people/watch-work.ts'
import { openBook } from './book.ts'
import { isRefusal } from './call-refusals.ts'
import { completed, perform, type Reaction } from './perform.ts'
import { collections, watches } from './records.ts'

/** What the case package is to the engine: it decides its own commands, answers its tasks, and watches tokens that are off the path. */
export function caseExtension(rules: Omit<Rules, 'done'>): Extension<CaseCommand> {
  const { people, policies } = rules
  return {
    name: EXTENSION,
    collections,
    inspect: (definition) => deadEndsOf(definition, people, policies),
    beside: ({ id }, records) => besideOf(records.get(watches, id)),
    pins(instance, command, records, { now, id }) {
      const tenantId = instance.record?.tenantId ?? null
      return pinsOf(openBook(records, { now, actor: null, tenantId, newId: id, rules: { ...rules, done: [] } }), command, instance)
    },
    decide(before, outcome, records, tools): Decision {
      const { actor, occurrence } = outcome
      // The port gives what the host program gathered, which is of this type.
      const isJudged = occurrence.type === 'command' && occurrence.command.type !== 'beginBatch'
      const done = isJudged ? ((occurrence.known as Rules['done'] | undefined) ?? []) : []
      // A case's records belong to the tenant of its instance, where it has one.
      const tenantId = outcome.after?.record?.tenantId ?? outcome.tenantId
      const book = openBook(records, {
        now: tools.now,
        actor,
        tenantId,
        newId: newIdsOf(occurrence, tools),
        rules: { ...rules, done },
      })
      try {
        const { answer, commands = [], trial } = react(book, before, outcome)
        return { ...book.close(), commands, ...(answer !== undefined && { answer }), ...(trial && { trial }) }
      } catch (error) {
        if (isRefusal(error) || error instanceof Previewed) return { refuse: error }
        throw error // what is to be loaded first, or a fault
      }
    },
  }
}

/** What is only looked at is told by its ids. */
function newIdsOf(occurrence: ExtensionOutcome<CaseCommand>['occurrence'], tools: DecisionTools): () => string {
  const isPreview = occurrence.type === 'command' && occurrence.command.type === 'preview'
  return isPreview ? () => `${PREVIEW}${tools.id()}` : tools.id
}

function react(book: Book, before: InstanceReader | null, { occurrence, after }: ExtensionOutcome<CaseCommand>): Reaction {
  switch (occurrence.type) {
    case 'command':
      return perform(book, occurrence.command, after, occurrence.known)
    case 'task': {
      const { task, values } = occurrence
      checkItemRight(book, { itemId: task.body.itemId ?? task.id }, book.actor ?? task.assignee, after)
      checkItemWork(book, task.body.itemId ?? task.id, book.actor ?? task.assignee, after?.definition.key ?? null)
      const item = completeItem(
        book,
        { itemId: task.body.itemId ?? task.id, outcome: null, variables: values },
        book.actor ?? task.assignee,
      )
      return completed(book, item, after, book.actor ?? task.assignee ?? item.body.addedBy)
    }
    case 'job': {
      if (customerTold(book, occurrence.job, occurrence.result.type === 'completed')) return {}
      if (tookLate(book, occurrence.job, occurrence.result)) return {}
      const item = endItemJob(book, occurrence.job, occurrence.result)
      if (item === null) return {}
      if (occurrence.result.type === 'failed') undoFailed(book, item, occurrence.result)
      const deviation = item.deviationId === null ? null : book.deviation(item.deviationId)
      if (deviation?.state === 'undone') compensateNext(book, deviation)
      const { commands = [] } = completed(book, item, after, item.body.addedBy)
      return { commands: [...undoneFor(book.item(item.id) ?? item, after), ...commands] }
    }
    case 'step':
      return watch(book, occurrence, before, after)
  }
}

function watch(
  book: Book,
  step: Extract<ExtensionOutcome<CaseCommand>['occurrence'], { type: 'step' }>,
  before: InstanceReader | null,
  after: InstanceReader | null,
): Reaction {
  watchWork(book, { ...step, before })
  const commands = observe(book, { ...step, before, after })
  if (after !== null && book.rules.milestones.size > 0) tellOfPath(book, after.id, completedIn(step.events))
  recordStateAfter(book, step.events, before, after)
  answerPreview(book, step.command, after)
  return { commands }
}

/** Elements that the step completed. */
function completedIn(events: readonly KernelEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'elementCompleted' ? [event.elementId] : []))
}

function answerPreview(book: Book, command: CommandBody, after: InstanceReader | null): void {
  if ((command.type !== 'hold' && command.type !== 'holdProcess') || !command.by.startsWith(PREVIEW) || after === null) return
  const deviation = book.deviation(command.by)
  if (deviation !== null) throw new Previewed(leaveAnswer(book, deviation, after))
}
