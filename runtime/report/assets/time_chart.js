// What all charts over time share: their look, their keys, the line of values above them.

const LWC = window.LightweightCharts;

/** What both charts share. The wheel zooms only a focused chart, so that it never traps a reader who scrolls the page. */
function chartOptions() {
  return {
    autoSize: true,
    layout: {
      background: { type: "solid", color: "transparent" },
      textColor: colour("soft"), fontFamily: FONT, fontSize: 11, attributionLogo: false,
      panes: { separatorColor: colour("line"), separatorHoverColor: colour("line"), enableResize: false },
    },
    grid: { vertLines: { visible: false }, horzLines: { color: colour("line") } },
    rightPriceScale: { borderVisible: false, entireTextOnly: true },
    timeScale: {
      borderVisible: false, timeVisible: true, secondsVisible: D.step < 60, minBarSpacing: 0.0005,
      fixLeftEdge: true, fixRightEdge: true, maxBarSpacing: 60, lockVisibleTimeRangeOnResize: true,
    },
    crosshair: {
      mode: 0,
      vertLine: { color: colour("soft"), labelBackgroundColor: colour("chip"), width: 1, style: 3 },
      horzLine: { color: colour("soft"), labelBackgroundColor: colour("chip"), width: 1, style: 3 },
    },
    localization: { locale: "en-US", timeFormatter: (t) => (D.step >= 86400 ? day(t) : moment(t)) },
    handleScroll: { mouseWheel: false, vertTouchDrag: false, horzTouchDrag: true, pressedMouseMove: true },
    handleScale: { mouseWheel: false, pinch: true, axisPressedMouseMove: true, axisDoubleClickReset: true },
  };
}

/** Arrow keys pan, plus and minus zoom, Home shows all; the wheel zooms while the chart has the focus. */
function makeOperable(host, chart, label, fit) {
  host.tabIndex = 0;
  host.setAttribute("role", "application");
  host.setAttribute("aria-label", label);
  host.setAttribute("aria-keyshortcuts", "ArrowLeft ArrowRight + - Home");
  const wheel = (on) => chart.applyOptions({ handleScale: { mouseWheel: on }, handleScroll: { mouseWheel: on } });
  host.addEventListener("focus", () => wheel(true));
  host.addEventListener("blur", () => wheel(false));
  host.addEventListener("pointerdown", () => host.focus({ preventScroll: true }));
  host.addEventListener("keydown", (event) => {
    const act = {
      ArrowLeft: () => pan(chart, -0.15), ArrowRight: () => pan(chart, 0.15),
      "+": () => zoom(chart, 0.7), "=": () => zoom(chart, 0.7), "-": () => zoom(chart, 1 / 0.7),
      Home: fit, Escape: () => host.blur(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function pan(chart, share) {
  const range = chart.timeScale().getVisibleLogicalRange();
  if (!range) return;
  const by = (range.to - range.from) * share;
  chart.timeScale().setVisibleLogicalRange({ from: range.from + by, to: range.to + by });
}

function zoom(chart, factor) {
  const range = chart.timeScale().getVisibleLogicalRange();
  if (!range) return;
  const middle = (range.from + range.to) / 2;
  const half = Math.max(5, ((range.to - range.from) / 2) * factor);
  chart.timeScale().setVisibleLogicalRange({ from: middle - half, to: middle + half });
}

function iconButton(label, text, onclick) {
  return el("button", { class: "icon", type: "button", "aria-label": label, title: label, onclick }, text);
}

/** A line of values above a chart that follows the crosshair; `parts` gives [name, value, tone] of a row. */
function readout(host, parts) {
  const line = el("div", { class: "readout", "aria-hidden": "true" });
  host.before(line);
  return (row) => line.replaceChildren(...parts(row).map(([name, value, mood]) =>
    el("span", {}, name ? el("i", {}, name) : null, el("b", { class: mood ?? "" }, value))));
}
