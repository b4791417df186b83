// The class list: what was read, and what a person may correct.

import { ENCODINGS } from "../tables/bytes.js";
import { count } from "../tables/error.js";
import { type Choices, rowCount, shown, type Table } from "../tables/table.js";
import type { Guess } from "../tables/names.js";

/** A list as it was read. */
export interface ListProps {
  readonly table: Table;
  readonly guess: Guess;
  readonly column: number | undefined;
  readonly nameColumn: number | undefined;
  readonly isMissing: boolean;
  readonly onColumn: (column: number) => void;
  readonly onNameColumn: (column: number | undefined) => void;
  readonly onChoices: (choices: Choices) => void;
}

/** What the file turned out to be. */
function facts({ dialect, sheet, top }: Table): string[] {
  const all: string[] = [];
  if (sheet !== undefined) {
    all.push(`sheet \u201c${sheet}\u201d`);
  } else if (dialect !== undefined) {
    const names: Record<string, string> = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" };
    all.push(`separated by ${names[dialect.delimiter] ?? `\u201c${dialect.delimiter}\u201d`}`);
  }
  if (top > 0) {
    all.push(`header below ${count(top, "line")} of other text`);
  }
  return all;
}

/** The name of a column for people; without a header, it would be an answer, so that it is shortened. */
export function columnName(table: Table, column: number): string {
  const name = table.header[column] ?? "";
  const short = name.length > 50 ? `${name.slice(0, 50)}…` : name;
  return name === "" ? `Column ${column + 1}` : short;
}

/** The part of the page about the list. */
export function List(props: ListProps) {
  const { table, guess, column, nameColumn, isMissing, onColumn, onNameColumn, onChoices } = props;
  const rows = rowCount(table);
  const columns = table.header.map((_, place) => place);
  const examples = column === undefined ? [] : firstTexts(table, column);
  return (
    <>
      <p class="file">
        <strong>{table.name}</strong>
        <span class="quiet">{[count(rows, "answer"), ...facts(table)].join(" · ")}</span>
      </p>
      <div class="fields">
        <label>
          Answers are in
          <select
            id="column"
            value={column ?? ""}
            aria-invalid={isMissing}
            aria-describedby="column-note"
            onChange={(event) => onColumn(Number(event.currentTarget.value))}
          >
            {column === undefined ? <option value="">Choose the column…</option> : null}
            {columns.map((place) => (
              <option key={place} value={place}>
                {columnName(table, place)}
              </option>
            ))}
          </select>
        </label>
        <label>
          Name shown with each answer
          <select
            value={nameColumn ?? ""}
            onChange={(event) => {
              const { value } = event.currentTarget;
              onNameColumn(value === "" ? undefined : Number(value));
            }}
          >
            <option value="">None: read without knowing who wrote it</option>
            {columns
              .filter((place) => place !== column)
              .map((place) => (
                <option key={place} value={place}>
                  {columnName(table, place)}
                </option>
              ))}
          </select>
        </label>
        {table.dialect !== undefined && !table.dialect.hasMark && table.dialect.encoding !== "utf-8" ? (
          <label>
            Letters are written in
            <select value={table.dialect.encoding} onChange={(event) => onChoices({ encoding: event.currentTarget.value })}>
              {ENCODINGS.map(([label, name]) => (
                <option key={label} value={label}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        ) : null}
      </div>
      <p id="column-note" class={isMissing ? "problem" : "quiet"} role={isMissing ? "alert" : undefined}>
        {noteOf(table, guess, column)}
      </p>
      {examples.length > 0 ? (
        <ul class="examples" aria-label="The first answers">
          {examples.map((text, place) => (
            <li key={place}>{text}</li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

function noteOf(table: Table, guess: Guess, column: number | undefined): string {
  if (column === undefined) {
    return guess.several.length > 0
      ? `${guess.several.length} columns may have the answers: choose one.`
      : "No column has a usual name of answers, such as Answer or Response: choose one.";
  }
  const byContent = guess.byContent && column === guess.column ? "The only column of sentences. " : "";
  return table.dialect?.isAssumed === true
    ? `${byContent}The file does not say how its letters are written; check them in the first answers:`
    : `${byContent}The first answers:`;
}

/** The beginnings of the first answers that have text. */
function firstTexts(table: Table, column: number): string[] {
  const texts: string[] = [];
  for (let row = 0; row < rowCount(table) && texts.length < 3; row += 1) {
    const text = shown(table, row, column).trim();
    if (text !== "") {
      texts.push(text.length > 160 ? `${text.slice(0, 160)}…` : text);
    }
  }
  return texts;
}
