// Errors about a table. No message repeats its text.

/** What can be done about an error, by a control of the page. */
export type Remedy = "encoding" | "sheet" | "column";

/** Why a table cannot be read or written. */
export class TableError extends Error {
  /** What to do about it. */
  readonly advice: string | undefined;
  /** The control that can mend it, if one can. */
  readonly remedy: Remedy | undefined;

  constructor(message: string, advice?: string, remedy?: Remedy) {
    super(message);
    this.name = "TableError";
    this.advice = advice;
    this.remedy = remedy;
  }
}

/** A number of things, in words. */
export function count(number: number, one: string, several = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : several}`;
}
