// What scores and reasons are called on the page.

import type { ReviewReason, Task } from "pupil-scorer";

import type { Scored } from "./scored.js";
import { awarded } from "./scored.js";

/** Why a person should look at an answer, mostly as the command line says it. */
const REASONS: Readonly<Record<ReviewReason, string>> = {
  "too-short": "too few words, or none",
  "other-language": "written in another language",
  gibberish: "the letters do not make words",
  "unknown-words": "the model does not know most of the words",
  repetition: "repeats a word or a phrase over and over",
  "copied-question": "repeats the question",
  "near-reference": "nearly the reference answer, but not the same",
  "off-topic": "about something else than the question",
  "word-list": "a list of words, or words in no order",
  truncated: "longer than the model reads",
  "unseen-label": "no training answer had what is awarded",
  "low-confidence": "not sure enough for this score",
  "no-promise": "nothing could be promised about automatic scores of this task",
  audit: "sure enough, and chosen to be checked all the same",
  other: "for another reason",
};

/** The reason in words. */
export function reasonText(reason: ReviewReason): string {
  return REASONS[reason];
}

/** What is awarded, in few characters. */
export function awardText({ score }: Scored): string {
  return score.level !== undefined ? String(score.level) : awarded(score).join(", ") || "none";
}

/** The highest level of a task with a scale. */
export function highest(task: Task): number | undefined {
  return task.points?.at(-1);
}

/** A share in percent. No share but the whole is called 100 %. */
export function percent(share: number): string {
  const rounded = Math.round(share * 100);
  return `${rounded === 100 && share < 1 ? 99 : rounded}\u202f%`;
}
