// The page as a whole: list, question, scores, each below the one that it needs.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { isCancelled, MIND_CA, type Model, open, workersFor } from "./models.js";
import { Problem } from "./parts/alert.js";
import { Credits } from "./parts/credits.js";
import { Drop } from "./parts/drop.js";
import { List } from "./parts/list.js";
import { type Done, Progress } from "./parts/progress.js";
import { type Chosen, type Opened, Question } from "./parts/question.js";
import { Results } from "./parts/results.js";
import { rowsOf, scoreRows } from "./rows.js";
import { SAMPLE_NAME, SAMPLE_TASK, sampleBytes } from "./sample.js";
import type { Scored } from "./scored.js";
import { count, TableError } from "./tables/error.js";
import { SeveralSheetsError } from "./tables/spreadsheet.js";
import { answerColumn, type Choices, columnNamed, readTable, rowCount, type Table } from "./tables/table.js";

/** Names of the column that says who wrote an answer. */
const NAMES = ["name", "id", "student", "full name", "last name", "no."];

interface Loaded {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Finished {
  readonly rows: readonly Scored[];
  readonly model: Model;
  readonly table: Table;
}

/** A model that could not be opened, which was said. */
class NotOpenedError extends Error {}

export function App() {
  const [file, setFile] = useState<Loaded>();
  const [choices, setChoices] = useState<Choices>({});
  const [fileError, setFileError] = useState<unknown>();
  const [column, setColumn] = useState<number>();
  const [nameColumn, setNameColumn] = useState<number>();
  const [opened, setOpened] = useState<readonly Opened[]>([]);
  const [modelError, setModelError] = useState<{ readonly model: Model; readonly error: unknown }>();
  const [chosen, setChosen] = useState<Chosen>();
  const [reference, setReference] = useState("");
  const [missing, setMissing] = useState<"column" | "question" | "reference">();
  const [progress, setProgress] = useState<Done>();
  const [runError, setRunError] = useState<unknown>();
  const [finished, setFinished] = useState<Finished>();
  const [note, setNote] = useState("");
  const control = useRef<AbortController>(undefined);
  const listHeading = useRef<HTMLHeadingElement>(null);
  const [choiceError, setChoiceError] = useState<unknown>();

  const read = useMemo((): { table?: Table; error?: unknown } => {
    try {
      return file === undefined ? {} : { table: readTable(file.name, file.bytes, choices) };
    } catch (error) {
      return { error };
    }
  }, [file, choices]);
  const { table } = read;
  const guess = useMemo(() => (table === undefined ? undefined : answerColumn(table)), [table]);
  const taskColumn = table === undefined ? undefined : columnNamed(table, "task");
  const referenceColumn = table === undefined ? undefined : columnNamed(table, "reference");

  useEffect(() => void load(MIND_CA).catch(() => undefined), []);
  useEffect(() => {
    // A file that is dropped beside the place for it would replace the page.
    const over = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      const dropped = event.dataTransfer?.files[0];
      if (!event.defaultPrevented && dropped !== undefined) {
        void take(dropped);
      }
      event.preventDefault();
    };
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("drop", drop);
    };
  }, []);
  useEffect(() => {
    if (table === undefined || guess === undefined) {
      return;
    }
    setColumn(guess.column);
    setNameColumn(NAMES.map((name) => columnNamed(table, name)).find((place) => place !== undefined && place !== guess.column));
    if (taskColumn !== undefined && chosen === undefined) {
      setChosen({ kind: "column", model: MIND_CA });
    }
    listHeading.current?.focus();
  }, [table]);
  // Whatever scores depend on has changed: they are of something else.
  useEffect(() => {
    control.current?.abort();
    setFinished(undefined);
    setRunError(undefined);
    setMissing(undefined);
  }, [table, column, chosen, reference]);

  async function load(model: Model): Promise<Opened> {
    setModelError(undefined);
    const scorer = await open(model).catch((error: unknown) => {
      setModelError({ model, error: new Error(`The model \u201c${model.title}\u201d cannot be opened: ${String(error instanceof Error ? error.message : error)}`) });
      throw new NotOpenedError();
    });
    const one = { model, tasks: scorer.tasks };
    setOpened((before) => [...before.filter(({ model: { key } }) => key !== model.key), one]);
    return one;
  }

  async function retry(model: Model): Promise<void> {
    await load(model).catch(() => undefined);
  }

  async function take(from: File): Promise<void> {
    setFileError(undefined);
    try {
      const bytes = new Uint8Array(await from.arrayBuffer());
      setChoices({});
      setFile({ name: from.name, bytes });
    } catch {
      setFileError(new TableError("The file cannot be read.", "Close it in other programs and choose it again."));
    }
  }

  /** Reads the list as a person says, unless it cannot be read so. */
  function choose(more: Choices): void {
    const next = { ...choices, ...more };
    try {
      if (file !== undefined) {
        readTable(file.name, file.bytes, next);
      }
      setChoiceError(undefined);
      setChoices(next);
    } catch (error) {
      setChoiceError(error);
    }
  }

  function reset(): void {
    control.current?.abort();
    setFile(undefined);
    setChoices({});
    setFileError(undefined);
    setChoiceError(undefined);
    setChosen(undefined);
    setReference("");
  }

  async function run(): Promise<void> {
    if (table === undefined) {
      return;
    }
    const needsReference =
      chosen?.kind === "task" &&
      (opened.find(({ model }) => model.key === chosen.model.key)?.tasks.find(({ id }) => id === chosen.task)?.needsReference ??
        chosen.model !== MIND_CA);
    const lacks =
      column === undefined
        ? "column"
        : chosen === undefined
          ? "question"
          : needsReference && reference.trim() === "" && referenceColumn === undefined
            ? "reference"
            : undefined;
    setMissing(lacks);
    setRunError(undefined);
    if (lacks !== undefined || column === undefined || chosen === undefined) {
      document.getElementById(lacks ?? "")?.focus();
      return;
    }
    const stop = new AbortController();
    control.current?.abort();
    control.current = stop;
    setFinished(undefined);
    const total = rowCount(table);
    setProgress({ done: 0, total });
    setNote("Scoring.");
    try {
      const { model } = chosen;
      await load(model);
      const scorer = await open(model);
      const rows = rowsOf(scorer, {
        table,
        column,
        task: chosen.kind === "task" ? chosen.task : { column: taskColumn ?? -1 },
        reference: reference.trim() !== "" ? reference : referenceColumn === undefined ? undefined : { column: referenceColumn },
      });
      const scored = await scoreRows(scorer, table, rows, workersFor(model), (done) => setProgress({ done, total }), stop.signal);
      if (!stop.signal.aborted) {
        setFinished({ rows: scored, model, table });
        setNote(`${count(scored.length, "answer")} scored.`);
      }
    } catch (error) {
      if (isCancelled(error) || stop.signal.aborted) {
        setNote("Cancelled.");
      } else {
        setNote("");
        // What cannot be opened is said where the model is chosen.
        setRunError(error instanceof NotOpenedError ? undefined : error);
      }
    } finally {
      if (control.current === stop) {
        setProgress(undefined);
      }
    }
  }

  const error = fileError ?? read.error;
  const sheets = read.error instanceof SeveralSheetsError ? read.error.sheets : undefined;
  return (
    <>
      <p class="hidden" role="status">
        {note}
      </p>
      {table === undefined ? (
        <section class="start" aria-labelledby="start">
          <h1 id="start">Score a class’s answers, on this device</h1>
          <p class="intro">
            Drop a list of written answers. You see the level of each, how sure the model is, and which answers you should
            read yourself. No answer leaves this device.
          </p>
          <Drop onFile={(one) => void take(one)}>
            <button
              type="button"
              onClick={() => {
                setFileError(undefined);
                setChoices({});
                setFile({ name: SAMPLE_NAME, bytes: sampleBytes() });
                setChosen({ kind: "task", model: MIND_CA, task: SAMPLE_TASK });
              }}
            >
              Try a made-up class
            </button>
          </Drop>
          <Problem error={error} />
          {sheets === undefined ? null : (
            <div class="row centred" role="group" aria-label="Sheets of the file">
              {sheets.map((sheet) => (
                <button type="button" key={sheet} onClick={() => choose({ sheet })}>
                  {sheet}
                </button>
              ))}
            </div>
          )}
          <ol class="steps">
            <li>
              <h2>The list</h2>
              <p>A file with a header and a row for each answer. Other columns stay as they are.</p>
            </li>
            <li>
              <h2>The question</h2>
              <p>One that the model knows, or your own reference answer to compare with.</p>
            </li>
            <li>
              <h2>The scores</h2>
              <p>What to read first, why, and the list with its scores as a file.</p>
            </li>
          </ol>
        </section>
      ) : (
        <>
          <h1 class="hidden">Score a class’s answers</h1>
          <section class="card" aria-labelledby="list">
            <div class="head">
              <h2 id="list" tabIndex={-1} ref={listHeading}>
                <span class="step" aria-hidden="true">
                  1
                </span>
                Class list
              </h2>
              <button type="button" class="plain" onClick={reset}>
                Another list
              </button>
            </div>
            <List
              table={table}
              guess={guess ?? { column: undefined, byContent: false, several: [] }}
              column={column}
              nameColumn={nameColumn}
              isMissing={missing === "column"}
              onColumn={setColumn}
              onNameColumn={setNameColumn}
              onChoices={choose}
            />
            <Problem error={choiceError} />
          </section>
          <section class="card" aria-labelledby="asked">
            <h2 id="asked">
              <span class="step" aria-hidden="true">
                2
              </span>
              Question
            </h2>
            <Question
              opened={opened}
              chosen={chosen}
              isMissing={missing === "question"}
              hasTaskColumn={taskColumn !== undefined}
              reference={reference}
              hasReferenceColumn={referenceColumn !== undefined}
              isReferenceMissing={missing === "reference"}
              onChosen={setChosen}
              onReference={setReference}
              onModel={(model) => void openFile(model)}
            />
            <Problem
              error={modelError?.error}
              onRetry={typeof modelError?.model.source === "string" ? () => void retry(modelError.model) : undefined}
            />
            {progress === undefined ? (
              <button type="button" class="primary" onClick={() => void run()}>
                Score {count(rowCount(table), "answer")}
              </button>
            ) : (
              <Progress what="Scoring" at={progress} onCancel={() => control.current?.abort()} />
            )}
            <Problem error={runError} />
          </section>
          {finished === undefined ? null : (
            <section class="card results" aria-label="Scores">
              <Results {...finished} nameColumn={nameColumn} />
            </section>
          )}
        </>
      )}
      <Credits key={opened.map(({ model }) => model.key).join(" ")} opened={opened} />
    </>
  );

  async function openFile(model: File): Promise<void> {
    const one = { key: `file ${model.name} ${model.size} ${model.lastModified}`, title: model.name, source: model };
    const { tasks } = await load(one).catch(() => ({ tasks: [] }));
    const [first] = tasks;
    if (first !== undefined) {
      setChosen({ kind: "task", model: one, task: first.id });
    }
  }
}
