// The scores: a summary, the downloads, and the answers in the order in which they should be read.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Model } from "../models.js";
import { readingOrder, type Scored } from "../scored.js";
import type { Table } from "../tables/table.js";
import { Download } from "./download.js";
import { Item } from "./item.js";
import { Summary } from "./summary.js";

/** The answers that are shown at first, and with each further step. */
const STEP = 50;

/** What is shown. */
export interface ResultsProps {
  readonly table: Table;
  readonly model: Model;
  readonly rows: readonly Scored[];
  readonly nameColumn: number | undefined;
}

type Filter = "check" | "sure" | "all";

/** The part of the page about the scores. */
export function Results({ table, model, rows, nameColumn }: ResultsProps) {
  const ordered = useMemo(() => readingOrder(rows), [rows]);
  const check = useMemo(() => ordered.filter(({ score }) => score.review !== undefined), [ordered]);
  const sure = useMemo(() => ordered.filter(({ score }) => score.review === undefined), [ordered]);
  const [filter, setFilter] = useState<Filter>(check.length > 0 ? "check" : "all");
  const [most, setMost] = useState(STEP);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [rows]);
  const unsure = sure.filter(({ score }) => score.confidence < 0.6).length;
  const shownRows = { check, sure, all: ordered }[filter];
  const filters: [Filter, string, number][] = [
    ["check", "To read", check.length],
    ["sure", "Automatic", sure.length],
    ["all", "All", ordered.length],
  ];
  return (
    <>
      <h2 tabIndex={-1} ref={heading}>
        <span class="step" aria-hidden="true">
          3
        </span>
        Scores
      </h2>
      <Summary rows={rows} check={check.length} />
      <Download table={table} model={model} rows={rows} />
      <h3>Answers</h3>
      <fieldset class="segments">
        <legend class="hidden">Which answers are shown</legend>
        {filters.map(([key, name, number]) => (
          <label key={key}>
            <input
              type="radio"
              name="filter"
              checked={filter === key}
              onChange={() => {
                setFilter(key);
                setMost(STEP);
              }}
            />
            <span>
              {name} <b>{number.toLocaleString("en")}</b>
            </span>
          </label>
        ))}
      </fieldset>
      <p class="quiet">
        {shownRows.length === 0
          ? "There are none."
          : "The least sure first. Open an answer to see which words moved its score."}
        {unsure > 0 && filter !== "check" ? ` ${unsure} automatic ${unsure === 1 ? "score is" : "scores are"} less than 60\u202f% sure.` : null}
      </p>
      <ol class={`answers ${rows.some(({ task }) => task.points === undefined) ? "labels" : ""}`}>
        {shownRows.slice(0, most).map((one) => (
          <Item key={one.row} one={one} table={table} model={model} nameColumn={nameColumn} />
        ))}
      </ol>
      {shownRows.length > most ? (
        <button type="button" onClick={() => setMost(most + STEP * 4)}>
          Show more ({(shownRows.length - most).toLocaleString("en")} left)
        </button>
      ) : null}
    </>
  );
}
