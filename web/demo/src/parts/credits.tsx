// The models: what they are, under which licence, and whom to thank.

import type { About } from "pupil-scorer";
import { useState } from "preact/hooks";

import { open } from "../models.js";
import type { Opened } from "./question.js";

/** What the models say about themselves, on request. */
export function Credits({ opened }: { opened: readonly Opened[] }) {
  const [abouts, setAbouts] = useState<readonly About[]>([]);
  const show = async () => {
    const scorers = await Promise.all(opened.map(({ model }) => open(model)));
    setAbouts(scorers.map((scorer) => scorer.about()));
  };
  return (
    <details class="credits" onToggle={(event) => event.currentTarget.open && void show()}>
      <summary>Models and credits</summary>
      {abouts.map(({ name, description, licence, attribution, blake3 }) => (
        <div key={blake3}>
          <p>
            <strong>{name}</strong>: {description} Licence: {licence}.
          </p>
          {attribution.map((credit) => (
            <p key={credit}>{credit}</p>
          ))}
        </div>
      ))}
    </details>
  );
}
