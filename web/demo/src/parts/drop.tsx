// Where a file is dropped or chosen.

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";

/** What it takes: by ending, since systems disagree about media types. */
const ACCEPTED = ".csv,.tsv,.txt,.xlsx,.xlsm,.ods,.xls";

/** A place for a file, with a button for those who do not drag. */
export function Drop({ onFile, children }: { onFile: (file: File) => void; children?: ComponentChildren }) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  return (
    <div
      class={`drop ${isOver ? "over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer?.files[0];
        if (file !== undefined) {
          onFile(file);
        }
      }}
    >
      <svg class="sheet" viewBox="0 0 48 48" aria-hidden="true">
        <rect x="7" y="5" width="34" height="38" rx="4" />
        <path d="M7 15h34M7 24h34M7 33h34M19 15v28" />
      </svg>
      <p class="lead">Drop a class list here</p>
      <div class="row centred">
        <button type="button" class="primary" onClick={() => input.current?.click()}>
          Choose a file…
        </button>
        {children}
      </div>
      <input
        ref={input}
        type="file"
        class="hidden"
        accept={ACCEPTED}
        aria-label="Class list"
        tabIndex={-1}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          // The same file may be chosen again.
          event.currentTarget.value = "";
          if (file !== undefined) {
            onFile(file);
          }
        }}
      />
      <p class="quiet">Excel, LibreOffice, CSV · exports of Moodle, Canvas and forms</p>
    </div>
  );
}
