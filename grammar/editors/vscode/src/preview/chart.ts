import {
  AreaSeries,
  CandlestickSeries,
  CrosshairMode,
  HistogramSeries,
  LineSeries,
  createChart,
  createSeriesMarkers,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type MouseEventParams,
  type SeriesType,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { precision, short } from "./figures.ts";
import { marks } from "./marks.ts";
import type { Point, Preview } from "./protocol.ts";

/** Colours of plotted lines, told apart by people who do not tell red from green, on light and dark ground. */
const LINES = ["#e69f00", "#56b4e9", "#cc79a7", "#009e73", "#d55e00", "#8c7ae6"];

const lineColour = (i: number): string => LINES[i % LINES.length] ?? "#888888";
const at = (time: number): UTCTimestamp => time as UTCTimestamp;
const series = (points: readonly Point[]) => points.map((p) => ({ time: at(p.time), value: p.value }));

/** A value of the bar under the pointer; of a plotted line with its colour. */
export interface Reading {
  name: string;
  value: string;
  colour?: string;
}

/** Candles with marks and plots; the equity below. */
export class Chart {
  readonly #chart: IChartApi;
  readonly #candles: ISeriesApi<"Candlestick">;
  readonly #volume: ISeriesApi<"Histogram">;
  readonly #equity: ISeriesApi<"Area">;
  readonly #marks: ISeriesMarkersPluginApi<Time>;
  readonly #ground: HTMLElement;
  readonly #legend: (parts: Reading[]) => void;
  #plots: { name: string; series: ISeriesApi<"Line"> }[] = [];
  #shown: Preview | undefined;

  constructor(ground: HTMLElement, legend: (parts: Reading[]) => void) {
    this.#ground = ground;
    this.#legend = legend;
    this.#chart = createChart(ground, {
      autoSize: true,
      // the footer names the library; its logo would bring a style element that the policy of the page forbids
      layout: { attributionLogo: false, fontFamily: getComputedStyle(document.body).fontFamily },
      crosshair: { mode: CrosshairMode.Normal },
      timeScale: { timeVisible: true, secondsVisible: false, borderVisible: false },
      rightPriceScale: { borderVisible: false },
    });
    this.#candles = this.#chart.addSeries(CandlestickSeries, { borderVisible: false });
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.86, bottom: 0 } });
    this.#equity = this.#chart.addSeries(AreaSeries, { lineWidth: 2, priceLineVisible: false }, 1);
    this.#marks = createSeriesMarkers(this.#candles, []);
    this.#chart.panes()[0]?.setStretchFactor(3);
    this.#chart.panes()[1]?.setStretchFactor(1);
    this.#chart.subscribeCrosshairMove((event) => {
      this.#readOut(event);
    });
    this.recolour();
  }

  /** Draws a preview; the range of time in view stays if the bars are the same. */
  show(preview: Preview): void {
    const before = this.#shown;
    this.#shown = preview;
    const { candles } = preview;
    const digits = precision(candles.at(-1)?.close ?? 1);
    this.#candles.applyOptions({
      priceFormat: { type: "price", precision: digits, minMove: 10 ** -digits },
    });
    this.#candles.setData(
      candles.map(({ time, open, high, low, close }) => ({ time: at(time), open, high, low, close })),
    );
    this.#equity.setData(series(preview.equity));
    for (const plot of this.#plots) this.#chart.removeSeries(plot.series);
    this.#plots = preview.plots.map(({ name, points }, i) => {
      const line = this.#chart.addSeries(LineSeries, {
        color: lineColour(i),
        lineWidth: 2,
        priceLineVisible: false,
        lastValueVisible: false,
        crosshairMarkerVisible: false,
        // a line far from the prices, an oscillator say, gets a scale of its own
        priceScaleId: nearPrices(points, preview) ? "right" : `plot-${i}`,
      });
      line.setData(series(points));
      return { name, series: line };
    });
    this.recolour();
    const same = before?.candles[0]?.time === candles[0]?.time && before?.candles.length === candles.length;
    if (!same) {
      this.#chart
        .timeScale()
        .setVisibleLogicalRange({ from: Math.max(0, candles.length - 240), to: candles.length + 4 });
    }
    this.#readOut(undefined);
  }

  /** Takes the colours of the page, which are the editor's. */
  recolour(): void {
    const colour = colours(this.#ground);
    const [ink, faint, grid, rise, fall, equity] = (
      ["--ink", "--faint", "--grid", "--rise", "--fall", "--equity"] as const
    ).map(colour) as [string, string, string, string, string, string];
    this.#chart.applyOptions({
      layout: {
        background: { color: "transparent" },
        textColor: faint,
        panes: { separatorColor: grid, separatorHoverColor: grid },
      },
      grid: { vertLines: { color: grid }, horzLines: { color: grid } },
      crosshair: { vertLine: { color: faint }, horzLine: { color: faint } },
    });
    this.#candles.applyOptions({ upColor: rise, downColor: fall, wickUpColor: rise, wickDownColor: fall });
    this.#equity.applyOptions({
      lineColor: equity,
      topColor: fade(equity, 0.35),
      bottomColor: fade(equity, 0.03),
    });
    const preview = this.#shown;
    if (preview === undefined) return;
    this.#volume.setData(
      preview.candles.map((c) => ({
        time: at(c.time),
        value: c.volume,
        color: fade(c.close >= c.open ? rise : fall, 0.3),
      })),
    );
    this.#marks.setMarkers(
      marks(preview.candles, preview.signals).map(({ time, action, text }) => ({
        time: at(time),
        position: action === "buy" ? "belowBar" : "aboveBar",
        shape: action === "buy" ? "arrowUp" : "arrowDown",
        color: action === "buy" ? equity : ink,
        text,
      })),
    );
  }

  /** Tells the values under the pointer, or those of the last bar. */
  #readOut(event: MouseEventParams | undefined): void {
    const preview = this.#shown;
    if (preview === undefined) return;
    const last = preview.candles.length - 1;
    const index = event?.time === undefined ? last : preview.candles.findIndex((c) => c.time === event.time);
    const candle = preview.candles[index];
    if (candle === undefined) return;
    const value = (of: ISeriesApi<SeriesType>, points: readonly Point[]): number | undefined => {
      const hovered = event?.seriesData.get(of);
      if (hovered !== undefined && "value" in hovered) return hovered.value;
      return event?.time === undefined ? points.at(-1)?.value : undefined;
    };
    const price = (p: number): string => p.toFixed(precision(candle.close));
    const parts: Reading[] = [
      { name: "", value: new Date(candle.time * 1000).toISOString().slice(0, 16).replace("T", " ") },
      { name: "O", value: price(candle.open) },
      { name: "H", value: price(candle.high) },
      { name: "L", value: price(candle.low) },
      { name: "C", value: price(candle.close) },
    ];
    for (const [i, plot] of this.#plots.entries()) {
      const found = value(plot.series, preview.plots[i]?.points ?? []);
      if (found !== undefined) parts.push({ name: plot.name, value: short(found), colour: lineColour(i) });
    }
    const equity = value(this.#equity, preview.equity);
    if (equity !== undefined) parts.push({ name: "equity", value: short(equity) });
    this.#legend(parts);
  }
}

/** Whether most of a line lies where the prices are. */
function nearPrices(points: readonly Point[], { candles }: Preview): boolean {
  const low = Math.min(...candles.map((c) => c.low));
  const high = Math.max(...candles.map((c) => c.high));
  const margin = high - low;
  const near = points.filter((p) => p.value >= low - margin && p.value <= high + margin);
  return near.length * 2 >= points.length && points.every((p) => Math.sign(p.value) === Math.sign(low));
}

/** Reads colours as the page resolves them; mixes and variables are no colours to a canvas. */
function colours(ground: HTMLElement): (variable: string) => string {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  return (variable) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${variable})`;
    ground.append(probe);
    const resolved = getComputedStyle(probe).color;
    probe.remove();
    if (canvas === null) return resolved;
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = resolved;
    canvas.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0, a = 255] = canvas.getImageData(0, 0, 1, 1).data;
    return `rgba(${r}, ${g}, ${b}, ${(a / 255).toFixed(3)})`;
  };
}

/** A colour with another opacity. */
function fade(colour: string, opacity: number): string {
  return colour.replace(/[\d.]+\)$/, `${opacity})`);
}
