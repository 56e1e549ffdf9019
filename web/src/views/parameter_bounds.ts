// Whether a typed value may be asked for; the engine judges again, and its word counts.

import type { Parameter } from "../wire/types";

const DECIMAL = /^\d*\.?\d+$/;

/** What is wrong with a value, as a sentence; "" where nothing is. */
export function objection(typed: string, { min, max, unit }: Parameter): string {
  const text = typed.trim();
  if (!text) return "Type a value.";
  if (min == null && max == null) return "";
  if (!DECIMAL.test(text)) return "Type a plain decimal, such as 0.02.";
  if ((text.split(".")[1] ?? "").length > 6) return "At most six decimals.";
  if (unit === "a whole number" && text.includes(".")) return "Type a whole number.";
  if (min != null && micros(text) < micros(min)) return `At least ${min}.`;
  if (max != null && micros(text) > micros(max)) return `At most ${max}.`;
  return "";
}

/** Both bounds as people read them, "0.01 to 1,000,000"; "" where there are none. */
export function range({ min, max }: Parameter): string {
  return min != null && max != null ? `${readable(min)} to ${readable(max)}` : "";
}

function readable(number: string): string {
  const [whole = "", rest] = number.split(".");
  const thousands = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return rest === undefined ? thousands : `${thousands}.${rest}`;
}

/** Exact, whatever the size: bounds are compared as integers. */
function micros(text: string): bigint {
  const negative = text.startsWith("-");
  const [whole = "0", rest = ""] = text.replace("-", "").split(".");
  const amount = BigInt((whole || "0") + rest.padEnd(6, "0").slice(0, 6));
  return negative ? -amount : amount;
}
