// The scored list as a file.

import { useEffect, useRef, useState } from "preact/hooks";

import { askedOf, explain } from "../explainer.js";
import type { Model } from "../models.js";
import { columnsOf, explanationCell, explanationColumn, type Scored } from "../scored.js";
import type { Table } from "../tables/table.js";
import { writeWorkbook } from "../tables/workbook.js";
import { writeCsv } from "../tables/write.js";
import { Problem } from "./alert.js";
import { type Done, Progress } from "./progress.js";

/** Buttons for both kinds of file. */
export function Download({ table, model, rows }: { table: Table; model: Model; rows: readonly Scored[] }) {
  const [hasWords, setWords] = useState(false);
  const [progress, setProgress] = useState<Done>();
  const [error, setError] = useState<unknown>();
  const control = useRef<AbortController>(undefined);
  const cells = useRef<string[] | undefined>(undefined);
  useEffect(() => () => control.current?.abort(), []);
  const base = table.name.replace(/\.[^.]*$/, "");

  const download = async (isWorkbook: boolean) => {
    setError(undefined);
    try {
      const columns = columnsOf(table.header, rows);
      if (hasWords) {
        if (cells.current === undefined) {
          control.current = new AbortController();
          cells.current = await explainAll(model, rows, setProgress, control.current.signal);
        }
        if (cells.current === undefined) {
          return;
        }
        columns.push(explanationColumn(table.header, cells.current));
      }
      if (isWorkbook) {
        save(writeWorkbook(table, columns), `${base} scored.xlsx`, XLSX);
      } else {
        save(writeCsv(table, columns), `${base} scored.${table.dialect?.delimiter === "\t" ? "tsv" : "csv"}`, "text/csv");
      }
    } catch (error) {
      setError(error);
    } finally {
      setProgress(undefined);
    }
  };

  return (
    <div class="downloads">
      <div class="row">
        <button type="button" class="primary" disabled={progress !== undefined} onClick={() => void download(true)}>
          Download Excel
        </button>
        <button type="button" disabled={progress !== undefined} onClick={() => void download(false)}>
          Download CSV
        </button>
        <label class="check">
          <input
            type="checkbox"
            checked={hasWords}
            disabled={progress !== undefined}
            onChange={(event) => setWords(event.currentTarget.checked)}
          />
          with the words that moved each score
        </label>
      </div>
      {progress === undefined ? null : (
        <Progress what="Finding the words" at={progress} onCancel={() => control.current?.abort()} />
      )}
      <Problem error={error} />
      <p class="quiet">Your list as it was, with the score, confidence, decision and reason added to each row.</p>
    </div>
  );
}

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** The cells of the column of explanations; undefined if it was cancelled. */
async function explainAll(
  model: Model,
  rows: readonly Scored[],
  onProgress: (done: Done) => void,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const cells: string[] = [];
  let shownAt = 0;
  for (const one of rows) {
    if (signal.aborted) {
      return undefined;
    }
    if (performance.now() - shownAt > 60) {
      shownAt = performance.now();
      onProgress({ done: cells.length, total: rows.length });
    }
    // An answer without words has nothing to explain.
    cells.push(one.score.words === 0 ? "" : explanationCell((await explain(model, askedOf(one))) ?? []));
  }
  return cells;
}

/** Gives a file to the browser, which asks where to keep it. */
function save(bytes: Uint8Array<ArrayBuffer>, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
