// Small lines of mids, as paths; each is made once for as long as its figures stand.

const made = new WeakMap<number[], string>();
const WIDE = 100;
const HIGH = 24;

/** The path of a spark in a box of 100 by 24, flat in the middle where nothing moved. */
export function sparkPath(mids: number[] | null): string {
  if (!mids || mids.length < 2) return "";
  const known = made.get(mids);
  if (known !== undefined) return known;
  const least = Math.min(...mids);
  const room = Math.max(...mids) - least;
  const step = WIDE / (mids.length - 1);
  const high = (mid: number) => (room ? 2 + (HIGH - 4) * (1 - (mid - least) / room) : HIGH / 2);
  const path = mids.map((mid, at) => `${at ? "L" : "M"}${(at * step).toFixed(1)} ${high(mid).toFixed(1)}`).join("");
  made.set(mids, path);
  return path;
}
