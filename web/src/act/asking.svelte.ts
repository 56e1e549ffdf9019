// The one dialog that stands between the reader and the engine.

import { operate } from "../wire/api";
import type { Answer } from "../wire/asked";
import type { Action } from "./actions";

class Asking {
  action: Action | null = $state.raw(null);
  busy = $state(false);
  answer: Answer | null = $state.raw(null);

  open(action: Action): void {
    this.answer = null;
    this.busy = false;
    this.action = action;
  }

  close(): void {
    this.action = null;
  }

  async confirm(reason: string): Promise<void> {
    const action = this.action;
    if (!action || this.busy) return;
    this.busy = true;
    const told = await operate({ ...action.asked, reason });
    if (this.action !== action) return;
    this.busy = false;
    this.answer = told.ok ? told.value : { done: false, said: [told.said] };
  }
}

export const asking = new Asking();
