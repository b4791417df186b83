// The question: a task of a model, or the column that names one; and the reference answer where it needs one.

import type { Task } from "pupil-scorer";
import { useRef } from "preact/hooks";

import { MIND_CA, type Model, SCIENCE, SCIENCE_TASK, taskName } from "../models.js";

/** What a person chose. */
export type Chosen =
  | { readonly kind: "task"; readonly model: Model; readonly task: string }
  | { readonly kind: "column"; readonly model: Model };

/** A model that is open, with its tasks. */
export interface Opened {
  readonly model: Model;
  readonly tasks: readonly Task[];
}

/** The value of the choice in the list. */
export function valueOf(chosen: Chosen | undefined): string {
  return chosen === undefined ? "" : `${chosen.model.key}\n${chosen.kind === "task" ? chosen.task : ""}`;
}

/** What the part shows, and what it tells. */
export interface QuestionProps {
  readonly opened: readonly Opened[];
  readonly chosen: Chosen | undefined;
  readonly isMissing: boolean;
  /** Whether the list has a column that names the question of each row. */
  readonly hasTaskColumn: boolean;
  readonly reference: string;
  /** Whether the list has a column of reference answers. */
  readonly hasReferenceColumn: boolean;
  readonly isReferenceMissing: boolean;
  readonly onChosen: (chosen: Chosen | undefined) => void;
  readonly onReference: (reference: string) => void;
  readonly onModel: (file: File) => void;
}

/** The part of the page about the question. */
export function Question(props: QuestionProps) {
  const { opened, chosen, isMissing, hasTaskColumn, hasReferenceColumn } = props;
  const input = useRef<HTMLInputElement>(null);
  const models = [MIND_CA, SCIENCE, ...opened.map(({ model }) => model).filter(({ key }) => key.startsWith("file "))];
  const tasksOf = (model: Model) => opened.find((one) => one.model.key === model.key)?.tasks;
  const choices: { model: Model; options: { chosen: Chosen; name: string }[] }[] = models.map((model) => {
    const tasks = tasksOf(model);
    const options = (tasks ?? []).map((task) => ({
      chosen: { kind: "task", model, task: task.id } as Chosen,
      name: model === SCIENCE ? scienceName(task) : taskName(task),
    }));
    if (model === SCIENCE && tasks === undefined) {
      options.push({ chosen: { kind: "task", model, task: SCIENCE_TASK }, name: scienceName({ id: SCIENCE_TASK }) });
    }
    if (hasTaskColumn && model !== SCIENCE && options.length > 0) {
      options.unshift({ chosen: { kind: "column", model }, name: "Several: the column “task” names the question of each row" });
    }
    return { model, options };
  });
  const all = choices.flatMap(({ options }) => options);
  const task = chosen?.kind === "task" ? tasksOf(chosen.model)?.find(({ id }) => id === chosen.task) : undefined;
  const needsReference = chosen !== undefined && (task?.needsReference ?? chosen.model === SCIENCE);
  return (
    <>
      <div class="fields">
        <label>
          Question that the answers are to
          <select
            id="question"
            value={valueOf(chosen)}
            aria-invalid={isMissing}
            aria-describedby="question-note"
            onChange={(event) => {
              const { value } = event.currentTarget;
              props.onChosen(all.find((one) => valueOf(one.chosen) === value)?.chosen);
            }}
          >
            <option value="">Choose a question…</option>
            {choices.map(({ model, options }) =>
              options.length === 0 ? null : (
                <optgroup key={model.key} label={model.title}>
                  {options.map((one) => (
                    <option key={valueOf(one.chosen)} value={valueOf(one.chosen)}>
                      {one.name}
                    </option>
                  ))}
                </optgroup>
              ),
            )}
          </select>
        </label>
        <div class="row end">
          <button type="button" class="plain" onClick={() => input.current?.click()}>
            Open a model of your own…
          </button>
          <input
            ref={input}
            type="file"
            class="hidden"
            accept=".pupil"
            aria-label="Model"
            tabIndex={-1}
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              event.currentTarget.value = "";
              if (file !== undefined) {
                props.onModel(file);
              }
            }}
          />
        </div>
      </div>
      <p id="question-note" class={isMissing ? "problem" : "quiet"} role={isMissing ? "alert" : undefined}>
        {isMissing ? "Choose the question that was asked." : noteOf(chosen, task)}
      </p>
      {needsReference ? (
        <Reference {...props} hasColumn={hasReferenceColumn} />
      ) : null}
    </>
  );
}

function Reference({ reference, hasColumn, isReferenceMissing, onReference }: QuestionProps & { hasColumn: boolean }) {
  return (
    <div class="fields">
      <label class="wide">
        {hasColumn ? "Reference answer for all rows (empty: the column “reference” has one for each)" : "Reference answer: what a right answer says"}
        <textarea
          id="reference"
          rows={3}
          value={reference}
          aria-invalid={isReferenceMissing}
          aria-describedby={isReferenceMissing ? "reference-note" : undefined}
          placeholder="When the string is shorter, the pitch is higher."
          onInput={(event) => onReference(event.currentTarget.value)}
        />
      </label>
      {isReferenceMissing ? (
        <p id="reference-note" class="problem" role="alert">
          Write what a right answer says: answers are compared with it.
        </p>
      ) : null}
    </div>
  );
}

function scienceName({ id }: { id: string }): string {
  return id === SCIENCE_TASK ? "Compare with a reference answer" : `Compare with a reference answer: ${id}`;
}

function noteOf(chosen: Chosen | undefined, task: Task | undefined): string {
  if (chosen === undefined) {
    return "The model knows these questions. For others in science, it compares each answer with yours.";
  }
  if (chosen.kind === "column") {
    return "Each row is scored for the question that its cell names, by its id or its name.";
  }
  if (chosen.model === SCIENCE) {
    return "English answers. A right answer in unusual words may be missed, and a wrong one with the right words may pass: read what counts.";
  }
  return task?.prompt ?? "";
}
