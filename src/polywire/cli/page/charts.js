// Draws what the page carries in #charts: curves by queue, one market's prices with its fills.
// Names are put in as text, never as markup. Nothing is asked of any network.
"use strict";
(() => {
  const told = JSON.parse(document.getElementById("charts").textContent);
  const SHOWN = 200;
  const NEAR = 14;
  const plots = [];
  const place = (id) => document.getElementById(id);
  const paint = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const dollars = (micros) => {
    if (micros == null) return "-";
    const text = (Math.abs(micros) / 1e6).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    return (micros < 0 ? "-$" : "$") + text;
  };
  const price = (micros) => (micros == null ? "-" : (micros / 1e4).toFixed(2).replace(/\.?0+$/, "") + "\u00a0c");
  const gain = (micros) => (micros == null ? "-" : (micros < 0 ? "" : "+") + (micros / 1e4).toFixed(2) + "\u00a0c");
  const ends = told.equity.flatMap(({ at_ms: at }) => (at.length ? [at[0], at[at.length - 1]] : []));
  const dated = Math.max(...ends) - Math.min(...ends) > 864e5;
  const clock = (ms, fine = true) => {
    const text = new Date(ms).toISOString().slice(dated ? 5 : 11, fine ? 23 : 19);
    return text.replace("T", " ");
  };
  const utc = (ms) => uPlot.tzDate(new Date(ms), "Etc/UTC");

  // The date once, then times, as fine as they lie apart.
  const dates = (_, all, __, ___, apart) => all.map((ms, at) => {
    const text = new Date(ms).toISOString();
    const day = text.slice(5, 10);
    const time = apart < 1e3 ? text.slice(11, 23) : text.slice(11, apart < 6e4 ? 19 : 16);
    if (apart >= 864e5) return day;
    return at && day === new Date(all[at - 1]).toISOString().slice(5, 10) ? time : `${time}\n${day}`;
  });
  const axes = (format) => [
    { stroke: paint("--quiet"), values: dates, space: 70, grid: { stroke: paint("--line"), width: 1 }, ticks: { stroke: paint("--line"), width: 1 } },
    {
      stroke: paint("--quiet"), size: 70, values: (_, all) => all.map(format),
      grid: { stroke: paint("--line"), width: 1 }, ticks: { stroke: paint("--line"), width: 1 },
    },
  ];

  const plot = (figure, options, data) => {
    const width = Math.max(280, figure.clientWidth);
    const height = Math.round(Math.min(320, Math.max(200, width * 0.45)));
    const made = new uPlot({
      ms: 1, tzDate: utc, width, height,
      cursor: { sync: { key: "time" }, drag: { x: true, y: false } },
      ...options,
    }, data, figure);
    plots.push([figure, made]);
    return made;
  };

  // Values stand until the next one, so each curve is carried on to all times of the others.
  const together = (curves, line) => {
    const times = [...new Set(curves.flatMap((curve) => curve.at_ms))].sort((a, b) => a - b);
    const columns = curves.map((curve) => {
      let at = 0;
      return times.map((time) => {
        while (at < curve.at_ms.length && curve.at_ms[at] <= time) at += 1;
        return at ? curve.lines[line][at - 1] : null;
      });
    });
    return [times, ...columns];
  };

  const stepped = uPlot.paths.stepped({ align: 1 });
  const COLOURS = ["--one", "--two"];
  const curves = (id, line, down) => {
    const figure = place(id);
    const series = told.queues.map((queue, at) => ({
      label: queue, stroke: paint(COLOURS[at % 2]), width: 1.5, dash: at ? [6, 3] : undefined,
      paths: stepped, points: { show: false }, value: (_, value) => dollars(value),
    }));
    plot(figure, {
      series: [{ label: "time", value: (_, ms) => (ms == null ? "-" : clock(ms, false)) }, ...series],
      axes: axes(dollars),
      scales: { y: { dir: down ? -1 : 1 } },
    }, together(told.equity, line));
  };

  const marks = () => {
    const market = Number(place("market").value);
    const queue = Number(place("queue").value);
    return told.fills
      .filter((fill) => fill[0] === market && fill[1] === queue)
      .map(([, , at, shown, strategy, outcome, side, paid, shares, fee, maker, gains]) => ({
        at, shown, strategy, outcome, side, paid, shares, fee, maker, gains,
        up: (side === "BUY") === (outcome === 0),
      }));
  };
  const order = (fill) => `${fill.side === "BUY" ? "buy" : "sell"} ${fill.outcome ? "second" : "first"}`;

  // Triangles: up for what gains as the price rises, full for what rested.
  const triangles = (chart, fills) => {
    const { ctx } = chart;
    const size = 6 * devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(chart.bbox.left, chart.bbox.top, chart.bbox.width, chart.bbox.height);
    ctx.clip();
    ctx.lineWidth = 1.5 * devicePixelRatio;
    for (const fill of fills) {
      const x = chart.valToPos(fill.at, "x", true);
      const y = chart.valToPos(fill.shown, "y", true);
      const tip = fill.up ? -size : size;
      ctx.beginPath();
      ctx.moveTo(x, y + tip);
      ctx.lineTo(x - size * 0.8, y - tip * 0.6);
      ctx.lineTo(x + size * 0.8, y - tip * 0.6);
      ctx.closePath();
      ctx.strokeStyle = paint(fill.up ? "--buy" : "--sell")();
      ctx.fillStyle = fill.maker ? ctx.strokeStyle : paint("--paper")();
      ctx.fill();
      ctx.stroke();
    }
    ctx.restore();
  };

  const nearest = (chart, fills) => {
    const { left, top } = chart.cursor;
    if (left == null || left < 0) return null;
    let found = null;
    let least = NEAR * NEAR;
    for (const fill of fills) {
      const x = chart.valToPos(fill.at, "x") - left;
      const y = chart.valToPos(fill.shown, "y") - top;
      if (x * x + y * y < least) [found, least] = [fill, x * x + y * y];
    }
    return found;
  };

  const row = (fill) => [
    clock(fill.at), fill.strategy, order(fill), price(fill.paid), String(fill.shares / 1e6),
    dollars(fill.fee), fill.maker ? "maker" : "taker", ...fill.gains.map(gain),
  ];
  const RIGHT = [3, 4, 5, 7, 8, 9];

  const list = (fills) => {
    place("list").tBodies[0].replaceChildren(...fills.slice(0, SHOWN).map((fill) => {
      const line = document.createElement("tr");
      row(fill).forEach((text, at) => {
        const cell = line.insertCell();
        cell.textContent = text;
        if (RIGHT.includes(at)) cell.className = text.startsWith("-") && text.length > 1 ? "n bad" : "n";
      });
      return line;
    }));
    place("more").textContent = fills.length > SHOWN
      ? `The first ${SHOWN} of ${fills.length} fills; all are in the JSON.`
      : fills.length ? "" : "No fill here at this end of the queue.";
  };

  // Prices stand to the end, and fills may lie before the first or behind the last change of them.
  const spanned = ({ at_ms: at, lines: [bid, ask] }, fills) => {
    const all = [...at, ...ends, ...fills.map((fill) => fill.at)];
    if (!all.length) return [[], [], []];
    const first = fills.length ? Math.min(at.length ? at[0] : Infinity, ...fills.map((fill) => fill.at)) : at[0] ?? all[0];
    const last = Math.max(...all);
    const times = [...at], bids = [...bid], asks = [...ask];
    if (!at.length || first < at[0]) [times, bids, asks].forEach((line, each) => line.unshift(each ? null : first));
    if (last > times[times.length - 1]) {
      [times, bids, asks].forEach((line, each) => line.push(each ? line[line.length - 1] : last));
    }
    return [times, asks, bids];
  };

  let priced = null;
  const show = () => {
    const market = told.markets[Number(place("market").value)];
    const fills = marks();
    if (priced) {
      plots.splice(plots.findIndex(([, made]) => made === priced), 1);
      priced.destroy();
    }
    place("question").textContent = market.question;
    const queue = Number(place("queue").value);
    told.markets.forEach(({ question }, at) => {
      const here = told.fills.filter((fill) => fill[0] === at && fill[1] === queue).length;
      place("market").options[at].text = `${question} (${here})`;
    });
    place("mark").textContent = "";
    list(fills);
    const line = (label, dash) => ({
      label, stroke: paint("--quiet"), width: 1, dash, paths: stepped, points: { show: false },
      spanGaps: false, value: (_, value) => price(value),
    });
    priced = plot(place("price"), {
      series: [
        { label: "time", value: (_, ms) => (ms == null ? "-" : clock(ms, false)) },
        line("ask"), line("bid", [2, 2]),
      ],
      bands: [{ series: [1, 2], fill: paint("--spread") }],
      axes: axes(price),
      scales: {
        x: {
          range: (_, low, high) => {
            const room = Math.max(500, (high - low) * 0.02);
            return low == null ? [0, 1e3] : [low - room, high + room];
          },
        },
        y: {
          range: (_, low, high) => {
            const all = fills.map((fill) => fill.shown).concat([low, high].filter((each) => each != null));
            if (!all.length) return [0, 1e6];
            const least = all.reduce((a, b) => Math.min(a, b));
            const most = all.reduce((a, b) => Math.max(a, b));
            const room = Math.max(1e4, (most - least) * 0.08);
            return [least - room, most + room];
          },
        },
      },
      hooks: {
        draw: [(chart) => triangles(chart, fills)],
        setCursor: [(chart) => {
          const fill = nearest(chart, fills);
          if (fill) {
            const [at, strategy, what, paid, shares, fee, role, ...gains] = row(fill);
            place("mark").textContent =
              `${at} ${strategy}: ${what} ${shares} at ${paid}, fee ${fee}, ${role}; after 1, 5, 30 s ${gains.join(", ")}`;
          }
        }],
      },
    }, spanned(market.prices, fills));
  };

  const options = (id, names) => names.forEach((name, at) => place(id).add(new Option(name, String(at))));
  const empty = (id, words) => { place(id).textContent = words; };

  if (told.equity.some((curve) => curve.at_ms.length)) {
    curves("profit", 0);
    curves("fall", 1, true);
    curves("exposure", 2);
  } else {
    empty("curves", "Nothing happened that could be drawn.");
  }
  if (told.markets.length) {
    options("queue", told.queues);
    place("queue").value = String(told.queues.length - 1);
    options("market", told.markets.map(() => ""));
    place("market").addEventListener("change", show);
    place("queue").addEventListener("change", show);
    show();
  } else {
    empty("fills", "No order was sent, so there is no price to draw.");
  }

  const again = () => plots.forEach(([figure, made]) => {
    const width = Math.max(280, figure.clientWidth);
    if (width !== made.width) made.setSize({ width, height: made.height });
  });
  addEventListener("resize", again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plots.forEach(([, made]) => made.redraw()));
})();
