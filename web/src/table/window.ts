// Which lines of a long list are drawn, and into which of a fixed set of elements each goes.

export interface Pane {
  top: number;
  height: number;
  line: number;
  count: number;
}

const MORE = 6;

/** How many elements a pane of this height ever needs. */
export function poolSize(height: number, line: number): number {
  return Math.ceil(height / line) + 2 * MORE + 2;
}

/** The first line drawn and the one after the last: what is seen and a few on either side, as many wherever it stands. */
export function drawn({ top, height, line, count }: Pane): { first: number; end: number } {
  const pool = poolSize(height, line);
  const seen = Math.floor(Math.max(0, top) / line);
  const first = Math.max(0, Math.min(seen - MORE, count - pool));
  return { first, end: Math.min(count, first + pool) };
}

/** Line numbers by element: a line keeps its element while it is drawn, so scrolling moves few. */
export function slots(first: number, end: number, pool: number): (number | null)[] {
  const taken = new Array<number | null>(pool).fill(null);
  for (let line = first; line < end && line - first < pool; line += 1) taken[line % pool] = line;
  return taken;
}

/** Where to scroll so that a line is seen whole; unchanged where it already is. */
export function revealed(line: number, pane: Pane): number {
  const above = line * pane.line;
  const below = above + pane.line - pane.height;
  return above < pane.top ? above : below > pane.top ? below : pane.top;
}
