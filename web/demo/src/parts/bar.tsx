// A bar.

/** A bar beside a number, which says the same. */
export function Bar({ share }: { share: number }) {
  return (
    <span class="bar" aria-hidden="true">
      <span style={{ width: `${100 * share}%` }} />
    </span>
  );
}
