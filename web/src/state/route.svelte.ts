// Where the reader is; the browser's address is the only place it is kept.

import { address, parse, type Place, type Route } from "../routes";

class Here {
  route: Route = $state.raw(parse(location.hash));

  constructor() {
    addEventListener("hashchange", () => {
      this.route = parse(location.hash);
    });
  }

  go(place: Place, id = "", query: Record<string, string | number | undefined> = {}): void {
    location.hash = address(place, id, query);
  }

  /** Change the address without a step in the browser's history: searching, paging, sorting. */
  amend(query: Record<string, string | number | undefined>): void {
    history.replaceState(null, "", address(this.route.place, this.route.id, query));
    this.route = parse(location.hash);
  }
}

export const here = new Here();
