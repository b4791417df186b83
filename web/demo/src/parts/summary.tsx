// Counts of scores.

import type { Scored } from "../scored.js";
import { Bar } from "./bar.js";

/** Counts, and how often each level or label was given. */
export function Summary({ rows, check }: { rows: readonly Scored[]; check: number }) {
  const tasks = new Set(rows.map(({ task }) => task.id));
  const first = rows[0];
  const levels = rows.flatMap(({ score }) => (score.level === undefined ? [] : [score.level]));
  const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  return (
    <div class="summary">
      <dl class="tiles">
        <div>
          <dt>Answers</dt>
          <dd>{rows.length.toLocaleString("en")}</dd>
        </div>
        <div>
          <dt>Automatic</dt>
          <dd>{(rows.length - check).toLocaleString("en")}</dd>
        </div>
        <div class="attention">
          <dt>For you to read</dt>
          <dd>{check.toLocaleString("en")}</dd>
        </div>
        {levels.length > 0 ? (
          <div>
            <dt>Mean level</dt>
            <dd>{mean.toFixed(2)}</dd>
          </div>
        ) : null}
      </dl>
      {first !== undefined && tasks.size === 1 ? <Distribution rows={rows} task={first.task} /> : <PerTask rows={rows} />}
    </div>
  );
}

/** How often each level or label was given, as bars. */
function Distribution({ rows, task }: { rows: readonly Scored[]; task: Scored["task"] }) {
  const counts = task.labels.map((label, place) => ({
    name: task.points === undefined ? label.name : `Level ${task.points[place] ?? label.name}`,
    number: rows.filter(({ score }) => score.labels[place]?.awarded === true).length,
  }));
  const largest = Math.max(1, ...counts.map(({ number }) => number));
  return (
    <table class="bars">
      <caption>Scores given</caption>
      <tbody>
        {counts.map(({ name, number }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <Bar share={number / largest} />
            </td>
            <td class="number">{number}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The counts of each question, if there are several. */
function PerTask({ rows }: { rows: readonly Scored[] }) {
  const tasks = [...new Map(rows.map((one) => [one.task.id, one.task])).values()];
  return (
    <div class="scrolls" tabIndex={0} role="region" aria-label="Questions">
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">Question</th>
            <th scope="col">Answers</th>
            <th scope="col">To read</th>
            <th scope="col">Mean level</th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => {
            const own = rows.filter((one) => one.task.id === task.id);
            const sum = own.reduce((total, { score }) => total + (score.level ?? 0), 0);
            return (
              <tr key={task.id}>
                <th scope="row">{task.name || task.id}</th>
                <td>{own.length}</td>
                <td>{own.filter(({ score }) => score.review !== undefined).length}</td>
                <td>{task.points === undefined ? "–" : (sum / own.length).toFixed(2)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
