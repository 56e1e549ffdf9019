// Addresses within the page: "#/market/0xabc?at=1795290281000". Each view can be linked to.

export const PLACES = ["overview", "markets", "market", "orders", "strategies", "health", "backtests"] as const;
export type Place = (typeof PLACES)[number];

export interface Route {
  place: Place;
  id: string;
  query: URLSearchParams;
}

export function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [head = "", ...rest] = path.split("/");
  const place = PLACES.find((name) => name === head) ?? "overview";
  let id = rest.join("/");
  try {
    id = decodeURIComponent(id);
  } catch {
    // What cannot be decoded is taken as it stands: it names nothing, and the view says so.
  }
  return { place: place === "market" && !id ? "markets" : place, id, query: new URLSearchParams(query) };
}

/** The address of a place; what is empty is left out. */
export function address(place: Place, id = "", query: Record<string, string | number | undefined> = {}): string {
  const kept = Object.entries(query).filter(([, value]) => value !== undefined && value !== "" && value !== 0);
  const text = new URLSearchParams(kept.map(([key, value]) => [key, String(value)])).toString();
  const path = place === "overview" ? "" : place;
  return `#/${path}${id ? `/${encodeURIComponent(id)}` : ""}${text ? `?${text}` : ""}`;
}
