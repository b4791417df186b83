// Errors and notes, beside what they are about.

import { TableError } from "../tables/error.js";
import { said } from "../models.js";

/** An error, with what to do about it, and a way to try again. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  if (error === undefined) {
    return null;
  }
  return (
    <div class="problem" role="alert">
      <strong>{said(error)}</strong>
      {error instanceof TableError && error.advice !== undefined ? ` ${error.advice}` : null}
      {onRetry === undefined ? null : (
        <div>
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}
