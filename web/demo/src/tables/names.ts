// Names of columns, and what cells hold. The rules are those of tables/src/names.rs and tables/src/missing.rs.

/** Names of the column of answers, in lower case, as tables/src/names.rs has them. */
const ANSWERS: ReadonlySet<string> = new Set([
  "text",
  "answer",
  "answers",
  "answer text",
  "student answer",
  "student's answer",
  "response",
  "responses",
  "response text",
  "student response",
  "your answer",
  "antwort",
  "antworten",
  "antworttext",
  "schülerantwort",
  "schuelerantwort",
  "antwort des schülers",
  "réponse",
  "reponse",
  "réponses",
  "réponse de l'élève",
  "texte",
  "respuesta",
  "respuestas",
  "respuesta del alumno",
  "texto",
  "resposta",
  "risposta",
  "testo",
  "antwoord",
  "tekst",
  "svar",
  "vastaus",
  "odpowiedź",
  "odpověď",
  "válasz",
  "răspuns",
  "cevap",
  "yanıt",
  "απάντηση",
  "ответ",
  "відповідь",
  "إجابة",
  "الإجابة",
  "回答",
  "答案",
  "作答",
  "学生回答",
  "学生答案",
  "解答",
  "답변",
  "답안",
  "응답",
]);

/** Columns that are named in the header and never have the answers. */
const NO_ANSWERS = ["task", "reference", "question", "explanation"];

/** The most records above a header, and the most cells with text in each of them. */
const MOST_TITLES = 10;
const MOST_TITLE_CELLS = 2;

const EDGES = /^[\p{White_Space}\ufeff\u200b-\u200f\u2060]+|[\p{White_Space}\ufeff\u200b-\u200f\u2060]+$/gu;
const SPACES = /\p{White_Space}+/u;

/** A name without surrounding white space, byte order marks and zero-width characters. */
export function trimmed(name: string): string {
  return name.replace(EDGES, "");
}

/** A name in lower case, with one space between words. */
export function loosely(name: string): string {
  return words(name).join(" ").toLowerCase();
}

function words(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== "");
}

/** Whether a column of answers usually has this name, in any case; a number may follow. */
export function isAnswerName(name: string): boolean {
  return ANSWERS.has(loosely(name.replaceAll("_", " ")).replace(/[0-9]+$/, "").trimEnd());
}

/** Whether most cells that have text are sentences. */
export function looksLikeText(cells: Iterable<string>): boolean {
  let [sentences, all] = [0, 0];
  for (const cell of cells) {
    if (isMissing(cell)) {
      continue;
    }
    const long = words(cell).filter((word) => (word.match(/\p{Alphabetic}/gu)?.length ?? 0) > 1);
    const unspaced = cell.match(/[\u3040-\u9fff\uac00-\ud7af]/g)?.length ?? 0;
    all += 1;
    sentences += long.length > 2 || unspaced > 5 ? 1 : 0;
  }
  return sentences * 2 > all;
}

/** The record of the header: the first at the top with a usual name, if all above have few cells with text. */
export function headerOf(records: readonly (readonly string[])[]): number {
  if ((records[0]?.length ?? 0) < 2) {
    return 0;
  }
  let mostAbove = 0;
  for (const [place, record] of records.slice(0, MOST_TITLES + 1).entries()) {
    const names = record.map(trimmed);
    const filled = names.filter((name) => name !== "").length;
    if (names.some(isAnswerName)) {
      return mostAbove < filled ? place : 0;
    }
    if (filled > MOST_TITLE_CELLS) {
      return 0;
    }
    mostAbove = Math.max(mostAbove, filled);
  }
  return 0;
}

/** Which column has the answers. */
export interface Guess {
  /** Its place; undefined if none or several may be meant. */
  readonly column: number | undefined;
  /** Whether it was taken for what it holds, not for its name. */
  readonly byContent: boolean;
  /** The columns between which a person must choose, if several may be meant. */
  readonly several: readonly number[];
}

/** Finds the column of the answers: `text`; or the only one with a usual name; or the only one of sentences. */
export function guessColumn(header: readonly string[], cells: (column: number) => Iterable<string>): Guess {
  const columns = header.map((_, column) => column);
  const named = (column: number): Guess => ({ column, byContent: false, several: [] });
  for (const names of [header, header.map(loosely)]) {
    const found = columns.filter((column) => names[column] === "text");
    if (found.length > 0) {
      return found.length === 1 ? named(found[0]!) : { column: undefined, byContent: false, several: found };
    }
  }
  const usual = columns.filter((column) => isAnswerName(header[column]!));
  if (usual.length > 0) {
    return usual.length === 1 ? named(usual[0]!) : { column: undefined, byContent: false, several: usual };
  }
  const sentences = columns
    .filter((column) => !NO_ANSWERS.includes(header[column]!.toLowerCase()))
    .filter((column) => looksLikeText(cells(column)));
  const [only] = sentences;
  if (sentences.length === 1 && only !== undefined) {
    // Without a header, the name would be an answer, too.
    const isName = !looksLikeText([header[only]!]) || /[?\uff1f]$/.test(header[only]!);
    return { column: isName ? only : undefined, byContent: isName, several: [] };
  }
  return { column: undefined, byContent: false, several: sentences };
}

/** Missing-value markers of R, NumPy, databases, spreadsheets, SAS, and people. */
const MARKS = new Set(
  "na n/a n.a. #n/a #n/d #nv #nd nan null <na> nat #null! - -- \u2013 \u2014 . ?".split(" "),
);

/** Whether a cell has no value: empty, white space, or a known marker. */
export function isMissing(cell: string): boolean {
  const inner = cell.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
  return inner === "" || MARKS.has(inner.toLowerCase());
}

/** Whether a cell has no text: it is missing, or the error of a formula, such as `#REF!`. */
export function isNoText(cell: string): boolean {
  return isMissing(cell) || /^#[\p{Lu}0/\u00a1\u00bf]{3,}[!?]$/u.test(cell.trim());
}
