// Points in order of time, bounded: newer ones are appended, anything else replaces all.

type Point = readonly [number, ...unknown[]];

/** The series after news of it; never more than `most` points, and never the array it was. */
export function continued<P extends Point>(known: readonly P[], news: readonly P[], most: number): P[] {
  const first = news[0];
  const last = known.at(-1);
  if (!first) return known.slice(-most);
  if (!last || first[0] < last[0]) return news.slice(-most);
  const kept = first[0] === last[0] ? known.slice(0, -1) : known;
  return [...kept, ...news].slice(-most);
}
