// What is known of a view after a frame. A change merges into what stands; a full replaces it.

import { continued } from "../state/series";
import type { Frame, Market, Overview, ViewName, Views } from "./types";

export const CURVE_MAX = 600;
export const MIDS_MAX = 1_800;

type Plain = Exclude<ViewName, "markets">;

function merged<V extends Plain>(view: V, known: Views[V], change: Partial<Views[V]>): Views[V] {
  const next = { ...known, ...change };
  if (view === "overview") {
    const { curve } = change as Partial<Overview>;
    if (curve) (next as Overview).curve = continued((known as Overview).curve, curve, CURVE_MAX);
  }
  if (view === "market") {
    const { mids } = change as Partial<Market>;
    if (mids) (next as Market).mids = continued((known as Market).mids, mids, MIDS_MAX);
  }
  return next;
}

/** The view's data after a frame of that view; null while there is no full to change. */
export function applied<V extends Plain>(view: V, known: Views[V] | null, frame: Frame): Views[V] | null {
  if (frame.full) return frame.full as Views[V];
  if (frame.change && known) return merged(view, known, frame.change as Partial<Views[V]>);
  return known;
}
