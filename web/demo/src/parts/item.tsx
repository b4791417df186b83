// An answer and its score.

import { useEffect, useState } from "preact/hooks";

import { askedOf, explain } from "../explainer.js";
import { type Model, said } from "../models.js";
import { bare, type Change, type Scored, strongest } from "../scored.js";
import { signed } from "../tables/numbers.js";
import { lineOf, shown, type Table } from "../tables/table.js";
import { awardText, highest, percent, reasonText } from "../words.js";
import { Bar } from "./bar.js";

/** An answer with its score; opened, it shows what moved the score. */
export function Item({ one, table, model, nameColumn }: { one: Scored; table: Table; model: Model; nameColumn: number | undefined }) {
  const [isOpen, setOpen] = useState(false);
  const { score, task } = one;
  const top = highest(task);
  const name = nameColumn === undefined ? "" : shown(table, one.row, nameColumn).trim().slice(0, 60);
  return (
    <li>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span class={`award ${task.points === undefined ? "label" : ""}`}>
            <span class="hidden">{task.points === undefined ? "Label " : "Level "}</span>
            {awardText(one)}
            {top === undefined ? null : <small> of {top}</small>}
          </span>
          <span class="said">
            <span class={one.answer === "" ? "text none" : "text"}>{one.answer.trim() || "No answer"}</span>
            <span class="meta">
              {name === "" ? null : <b>{name}</b>}
              <span>{table.sheet === undefined ? "line" : "row"} {lineOf(table, one.row)}</span>
              {score.review === undefined ? null : <span class="reason">{reasonText(score.review)}</span>}
            </span>
          </span>
          <span class="confidence">
            <Bar share={score.confidence} />
            <span>{percent(score.confidence)} sure</span>
          </span>
        </summary>
        {isOpen ? <Detail one={one} model={model} /> : null}
      </details>
    </li>
  );
}

/** What moved a score, and how likely each level is. */
function Detail({ one, model }: { one: Scored; model: Model }) {
  const [changes, setChanges] = useState<Change[] | "too-long">();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    let isGone = false;
    explain(model, askedOf(one)).then(
      (found) => isGone || setChanges(found ?? "too-long"),
      (failure: unknown) => isGone || setError(failure),
    );
    return () => {
      isGone = true;
    };
  }, [one]);
  const { score, task } = one;
  return (
    <div class="detail">
      <div>
        <h4>Words that moved the score</h4>
        {error === undefined ? null : <p class="problem" role="alert">{said(error)}</p>}
        {changes === undefined && error === undefined ? <p class="quiet" role="status">Finding the words…</p> : null}
        {changes === "too-long" ? <p class="quiet">The answer is too long for this.</p> : null}
        {Array.isArray(changes) ? <Marked answer={one.answer} changes={changes} task={task} /> : null}
      </div>
      <div>
        <h4>{task.points === undefined ? "How likely each label is" : "How likely each level is"}</h4>
        <table class="bars">
          <tbody>
            {score.labels.map((label, place) => (
              <tr key={label.name}>
                <th scope="row">{task.points === undefined ? label.name : `Level ${task.points[place] ?? label.name}`}</th>
                <td>
                  <Bar share={label.probability} />
                </td>
                <td class="number">{percent(label.probability)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {score.expected === undefined ? null : <p class="quiet">Expected level {score.expected.toFixed(2)}</p>}
      </div>
    </div>
  );
}

/** An answer with its words marked: solid where the score is higher with the word, dashed where it is lower. */
function Marked({ answer, changes, task }: { answer: string; changes: readonly Change[]; task: Scored["task"] }) {
  const [low = 0, high = 1] = [task.points?.[0], task.points?.at(-1)];
  const words = strongest(changes);
  const pieces: (string | Change)[] = [];
  let at = 0;
  for (const change of changes) {
    pieces.push(answer.slice(at, change.start), change);
    at = change.end;
  }
  pieces.push(answer.slice(at));
  if (changes.length === 0) {
    return <p class="quiet">There are no words.</p>;
  }
  return (
    <>
      <p class="marked">
        {pieces.map((piece, place) =>
          typeof piece === "string" ? (
            piece
          ) : (
            <span key={place} class={weightOf(piece.change / (high - low || 1))}>
              {piece.word}
            </span>
          ),
        )}
      </p>
      <p class="moves">
        {words.length === 0
          ? "No single word changes much."
          : words.map(({ word, change }) => (
              <span key={word} class={change > 0 ? "up" : "down"}>
                {bare(word)} <b>{signed(change).replace("-", "\u2212")}</b>
              </span>
            ))}
      </p>
      <p class="quiet">
        {task.points === undefined ? "The probability of what is awarded" : "The expected level"} with the word, minus that
        without it: what the model reacts to, not what is right.
      </p>
    </>
  );
}

/** The class of a word that changes a score by this share of its range. */
function weightOf(change: number): string {
  const size = Math.abs(change);
  const weight = size >= 0.2 ? 3 : size >= 0.05 ? 2 : size >= 0.01 ? 1 : 0;
  return weight === 0 ? "" : `w${weight} ${change > 0 ? "up" : "down"}`;
}
