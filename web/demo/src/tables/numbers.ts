// Numbers as texts, as Rust writes them: the fewest digits that read back as the same number, never with an exponent.

/** The fewest digits for a number of 64 bits. */
export function shortest(number: number): string {
  return plain(String(number));
}

/** The fewest digits for a number of 32 bits, as scores are. */
export function shortest32(number: number): string {
  for (let digits = 1; digits < 9; digits += 1) {
    const text = number.toPrecision(digits);
    if (Math.fround(Number(text)) === number) {
      return plain(String(Number(text)));
    }
  }
  return plain(String(Number(number.toPrecision(9))));
}

/** A number with a sign and three decimals; half a step goes to the even neighbour. */
export function signed(number: number): string {
  const scaled = Math.abs(number) * 1000;
  const floor = Math.floor(scaled);
  const up = scaled - floor > 0.5 || (scaled - floor === 0.5 && floor % 2 === 1);
  const digits = String(floor + (up ? 1 : 0)).padStart(4, "0");
  return `${number < 0 ? "-" : "+"}${digits.slice(0, -3)}.${digits.slice(-3)}`;
}

/** A number with the 15 digits that spreadsheets show, so that 0.1 + 0.2 is 0.3. */
export function shownNumber(number: number): string {
  const rounded = Number(number.toExponential(14));
  return shortest(rounded === 0 ? 0 : rounded);
}

/** Digits without an exponent. */
function plain(text: string): string {
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (parts === null) {
    return text;
  }
  const [, sign, first, rest = "", exponent] = parts;
  const digits = `${first}${rest}`;
  const point = 1 + Number(exponent);
  if (point <= 0) {
    return `${sign}0.${"0".repeat(-point)}${digits}`;
  }
  return `${sign}${digits.padEnd(point, "0")}`;
}
