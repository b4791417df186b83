// Progress of long work, with a way to stop it.

/** How much is done. */
export interface Done {
  readonly done: number;
  readonly total: number;
}

/** A bar with a number, and a button that stops the work. */
export function Progress({ what, at, onCancel }: { what: string; at: Done; onCancel: () => void }) {
  const [done, total] = [at.done.toLocaleString("en"), at.total.toLocaleString("en")];
  return (
    <div class="progress">
      <label>
        <span>
          {what}: {done} of {total}
        </span>
        <progress value={at.done} max={Math.max(1, at.total)} />
      </label>
      <button type="button" onClick={onCancel}>
        Cancel
      </button>
    </div>
  );
}
