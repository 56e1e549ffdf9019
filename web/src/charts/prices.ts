// Prices and fills as lightweight-charts takes them: whole seconds, each once and in order.

import type { LineData, SeriesMarker, Time, UTCTimestamp, WhitespaceData } from "lightweight-charts";
import { cents, complement, shares } from "../format/micros";
import { moment } from "../format/time";
import type { Fill, Mid, Ms } from "../wire/types";

export function second(ms: Ms): UTCTimestamp {
  return Math.floor(ms / 1_000) as UTCTimestamp;
}

export function timeWords(time: Time): string {
  return moment(Number(time) * 1_000, Date.now());
}

/** One line of the mids (1) or the fair values (2): the last of each second, gaps left open. */
export function points(mids: readonly Mid[], column: 1 | 2): (LineData | WhitespaceData)[] {
  const told: (LineData | WhitespaceData)[] = [];
  for (const point of mids) {
    const time = second(point[0]);
    const value = point[column];
    const next = value === null ? { time } : { time, value };
    if (told.at(-1)?.time === time) told[told.length - 1] = next;
    else told.push(next);
  }
  return told;
}

/** What a fill did, in the outcome that it was of: "bought 10 No at 12.01¢". */
export function fillWords({ side, size, outcome, price }: Fill): string {
  return `${side === "buy" ? "bought" : "sold"} ${shares(size)} ${outcome} at ${cents(price)}`;
}

/** Fills as arrows where they stand on the first outcome's axis, up for what gains as it rises; the picked moment as a dot. More than `named` have no words. */
export function marks(
  fills: readonly Fill[],
  first: string,
  picked: Ms | null,
  mids: readonly Mid[],
  colours: { buy: string; sell: string; picked: string },
  named = 12,
): SeriesMarker<Time>[] {
  const begun = mids[0]?.[0] ?? Infinity;
  const told: SeriesMarker<Time>[] = fills
    .filter((fill) => fill.at_ms >= begun)
    .map((fill) => {
      const own = fill.outcome === first;
      const up = (fill.side === "buy") === own;
      return {
        time: second(fill.at_ms),
        position: up ? "atPriceBottom" : "atPriceTop",
        price: own ? fill.price : complement(fill.price),
        shape: up ? "arrowUp" : "arrowDown",
        color: up ? colours.buy : colours.sell,
        text: fills.length > named ? "" : fillWords(fill),
      };
    });
  if (picked !== null && picked >= begun) {
    told.push({ time: second(picked), position: "inBar", shape: "circle", color: colours.picked, text: "why?" });
  }
  return told.sort((a, b) => Number(a.time) - Number(b.time));
}
