// A made-up class list, to try the page with. People and answers are invented.

/** The name of its file. */
export const SAMPLE_NAME = "made-up class.csv";

/** The task that its answers belong to. */
export const SAMPLE_TASK = "mindca-ss_brian";

const ROWS: readonly (readonly [name: string, answer: string])[] = [
  ["Ada", "He says it so that they feel sorry for him and let him have more sausages."],
  ["Ben", "Because he is really hungry and likes sausages a lot"],
  ["Chidi", "He is lying to make them think he gets nothing at home, so he gets four"],
  ["Dana", "because he wants four sausages"],
  ["Elif", "He wants to trick them into giving him extra"],
  ["Femi", "his mum forgot to make dinner"],
  ["Greta", "He told a lie so they would pity him"],
  ["Hana", "Brian is greedy"],
  ["Ivo", "I think he pretends that he will not get any dinner, then people are kind and give him some of theirs"],
  ["Jun", "sausages sausages sausages sausages sausages sausages"],
  ["Kofi", ""],
  ["Lea", "He didnt know that there was dinner at home"],
  ["Mats", "Er möchte gern mehr davon haben und erzählt deshalb etwas Falsches"],
  ["Nia", "to get more food he makes himself look poor"],
  ["Otto", "He was joking with his friends"],
  ["Pia", "so that nobody says no to him"],
];

/** The bytes of the list. */
export function sampleBytes(): Uint8Array {
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const lines = ROWS.map((row) => row.map(quoted).join(","));
  return new TextEncoder().encode(`Name,Answer\n${lines.join("\n")}\n`);
}
