// What can be asked of the engine from this page, and what each of it will do, in sentences.

import { count } from "../format/words";
import type { Asked, Operation } from "../wire/asked";

export interface Action {
  title: string;
  happens: string[];
  verb: string;
  /** Whether it stops, cancels or sells: shown in the colour of warnings. */
  grave: boolean;
  /** Whether the button has the focus, so that Enter does it: only where haste is the point. */
  ready: boolean;
  asked: Omit<Asked, "reason">;
}

function action(operation: Operation, subject: string, words: Omit<Action, "asked" | "grave" | "ready">): Action {
  const grave = !["resume", "enable", "set"].includes(operation);
  return { ...words, grave, ready: operation === "halt", asked: { operation, subject } };
}

export const halt = (): Action =>
  action("halt", "", {
    title: "Halt trading?",
    happens: [
      "Every open order is cancelled.",
      "Nothing new is ordered, exits included, until somebody resumes. A restart does not end it.",
      "What is held stays held.",
    ],
    verb: "Halt trading",
  });

export const resume = (): Action =>
  action("resume", "", {
    title: "Resume trading?",
    happens: [
      "Strategies are asked again and may order at once.",
      "A limit that is still broken, such as a day's loss, goes on to stop buying.",
    ],
    verb: "Resume trading",
  });

export const flatten = (): Action =>
  action("flatten", "", {
    title: "Sell everything that is held?",
    happens: [
      "Every open order is cancelled.",
      "All positions are sold to the bids there are, within the allowed distance from the best bid.",
      "Nothing is bought until somebody resumes. What is sold cannot be had back at its price.",
    ],
    verb: "Sell everything",
  });

export const cancelAll = (open?: number): Action =>
  action("cancel_all", "", {
    title: "Cancel all orders?",
    happens: [
      open === undefined ? "Every open order is cancelled." : `${count(open, "open order")} will be cancelled.`,
      "Strategies go on and may order anew at once. To stop them, halt.",
    ],
    verb: "Cancel all orders",
  });

export const cancelMarket = (id: string, question: string): Action =>
  action("cancel_market", id, {
    title: "Cancel all orders in this market?",
    happens: [`Every open order in “${question}” is cancelled.`, "Strategies go on and may order there anew at once."],
    verb: "Cancel its orders",
  });

export const cancelOrder = (id: string, words: string): Action =>
  action("cancel_order", id, {
    title: "Cancel this order?",
    happens: [`Cancelled: ${words}.`, "Its strategy goes on and may order the same anew at once."],
    verb: "Cancel the order",
  });

export const disable = (name: string): Action =>
  action("disable", name, {
    title: `Disable ${name}?`,
    happens: [
      `${name} is asked no more, and its open orders are cancelled.`,
      "What it holds stays held, and its exits go on. It can be enabled again.",
    ],
    verb: "Disable it",
  });

export const enable = (name: string): Action =>
  action("enable", name, {
    title: `Enable ${name}?`,
    happens: [`${name} is asked again from the next decision on, and may order at once.`],
    verb: "Enable it",
  });

export const retire = (name: string): Action =>
  action("retire", name, {
    title: `Retire ${name} for good?`,
    happens: [`${name} is asked no more in this run; its exits guard what it holds.`, "To stop it for a while, disable it instead."],
    verb: "Retire it",
  });

export function setParameter(strategy: string, name: string, before: string, after: string, unit: string): Action {
  const words = action("set", strategy, {
    title: `Change ${name} of ${strategy}?`,
    happens: [
      `${name} becomes ${after} instead of ${before}${unit ? ` (${unit})` : ""}, from the next decision on.`,
      "The change is written to the journal. The settings file stays as it is.",
    ],
    verb: "Change it",
  });
  return { ...words, asked: { ...words.asked, value: { name, value: after } } };
}
