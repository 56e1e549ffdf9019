// Words for what the wire counts or names.

/** "1 order", "3 orders". */
export function count(many: number, one: string, more = `${one}s`): string {
  return `${many.toLocaleString("en-US")} ${many === 1 ? one : more}`;
}

/** A key of the wire as a heading: "loss_max" is "Loss max". */
export function heading(key: string): string {
  const text = key.replace(/_(ms|ns|us|s)$/, (unit) => ` (${unit.slice(1)})`).replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const LONG = 24;

/** A hash or an id, its middle left out; sentences stay whole. */
export function short(text: string): string {
  return text.length <= LONG || /\s/.test(text) ? text : `${text.slice(0, 10)}…${text.slice(-6)}`;
}

const TAIL = 36;

/** A name in two parts: the first may be cut where room lacks, the second never, so that names stay different. */
export function parted(name: string): [start: string, end: string] {
  const at = name.length > TAIL + 4 ? name.indexOf(" ", name.length - TAIL) : -1;
  return at > 0 ? [name.slice(0, at), name.slice(at)] : [name, ""];
}

const PHONE_LINE = 40;
const PHONE_LINES = 3;

/** How many lines of a phone a name of so many characters takes, three at most. */
export function linesFor(length: number): number {
  return Math.max(1, Math.min(PHONE_LINES, Math.ceil(length / PHONE_LINE)));
}

/** A name for those lines, its middle left out where it is longer. */
export function fitted(name: string): string {
  const [, end] = parted(name);
  const room = PHONE_LINE * PHONE_LINES - end.length - 8;
  return name.length <= PHONE_LINE * PHONE_LINES ? name : `${name.slice(0, room)} …${end}`;
}

/** What runs, in one word nobody mistakes, and what it means. */
export function modeWords(mode: string): { word: string; meaning: string; real: boolean } {
  switch (mode) {
    case "run":
    case "live":
      return { word: "LIVE", meaning: "Real orders at the venue", real: true };
    case "paper":
      return { word: "PAPER", meaning: "Real prices, simulated orders", real: false };
    case "replay":
      return { word: "REPLAY", meaning: "A recorded run; nothing can be ordered", real: false };
    case "demo":
      return { word: "DEMO", meaning: "The local exchange, play money", real: false };
    default:
      return { word: mode.toUpperCase() || "…", meaning: "", real: false };
  }
}

/** Buy and sell told apart by more than a colour. */
export function sideMark(side: string): string {
  return side.toLowerCase() === "buy" ? "▲ buy" : "▼ sell";
}

const OPEN = new Set(["sent", "live", "unknown"]);

/** Whether the venue may still hold an order in this state. */
export function isOpen(state: string): boolean {
  return OPEN.has(state);
}
