// What all uPlot charts here share: axes in the page's colours, times in the reader's zone.

import uPlot from "uplot";
import { theme } from "../state/theme.svelte";

export function axis(more: uPlot.Axis = {}): uPlot.Axis {
  const line = { stroke: theme.colour("--line"), width: 1 };
  return { stroke: theme.colour("--quiet"), grid: line, ticks: line, font: "12px system-ui, sans-serif", ...more };
}

/** Keeps a chart as wide as its place; returns what ends that. */
export function fitted(place: HTMLElement, plot: uPlot, height: number): () => void {
  const watch = new ResizeObserver(() => {
    const width = place.clientWidth;
    if (width && width !== plot.width) plot.setSize({ width, height });
  });
  watch.observe(place);
  return () => watch.disconnect();
}

/** Ticks of a time axis: hours and minutes, the day where it changes. */
export function clockTicks(_: uPlot, all: number[], __: number, ___: number, apart: number): string[] {
  return all.map((ms, at) => {
    const moment = new Date(ms);
    const day = moment.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
    const before = all[at - 1];
    const fresh = before === undefined || new Date(before).getDate() !== moment.getDate();
    if (apart >= 86_400_000) return day;
    const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    if (apart < 60_000) options.second = "2-digit";
    const time = moment.toLocaleTimeString("en-GB", options);
    return fresh ? `${time}\n${day}` : time;
  });
}
