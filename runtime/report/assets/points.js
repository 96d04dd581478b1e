// The points of a sweep: whole columns where the page holds them, cells of pairs where it does not.

function pointModel(S) {
  const axes = S.axes.map((axis, index) => ({
    ...axis, index, size: axis.values.length,
    /** The values of a step in a picture. */
    binLabel: (bin) => {
      const first = Math.ceil((bin * axis.values.length) / axis.bins);
      const last = Math.ceil(((bin + 1) * axis.values.length) / axis.bins) - 1;
      return first === last ? axis.values[first] : `${axis.values[first]} to ${axis.values[last]}`;
    },
    binOf: (place) => Math.floor((place * axis.bins) / axis.values.length),
    firstOf: (bin) => Math.ceil((bin * axis.values.length) / axis.bins),
  }));
  const figures = S.figures.map((figure, index) => ({ ...figure, index }));
  const grid = S.layout === "grid";
  const rowPlaces = S.layout.rows ? S.layout.rows.map(wordsOf) : null;
  const strides = new Array(axes.length).fill(1);
  for (let i = axes.length - 2; i >= 0; i--) strides[i] = strides[i + 1] * axes[i + 1].size;
  const whole = new Map();
  /** A figure of every point, or null when the page does not hold it. */
  function column(figure) {
    if (!figures[figure]?.whole) return null;
    if (!whole.has(figure)) whole.set(figure, readHalves(figures[figure].whole));
    return whole.get(figure);
  }
  const place = grid
    ? (axis, at) => Math.floor(at / strides[axis]) % axes[axis].size
    : (axis, at) => rowPlaces[axis][at];
  const placesAt = (at) => axes.map((_, axis) => place(axis, at));

  const readRow = (row) => row && { places: row.places, figures: row.figures.map(numberOf), exact: true };
  const top = S.top.map(readRow);
  const front = S.front.map(readRow);
  const chosen = readRow(S.chosen);
  const key = (places) => places.join(",");
  const exact = new Map([...top, ...front, ...(chosen ? [chosen] : [])].map((row) => [key(row.places), row]));

  /** The point at a place of the layout: exactly when a table holds it. */
  function pointAt(at) {
    const places = placesAt(at);
    return exact.get(key(places)) ?? { places, figures: figures.map((f) => column(f.index)?.values[at] ?? NaN), exact: false };
  }

  const plateau = (() => {
    if (!S.plateau) return null;
    const columns = S.plateau.places.map(wordsOf);
    const size = columns[0]?.length ?? 0;
    return { ...S.plateau, score: numberOf(S.plateau.score), size, place: (axis, at) => columns[axis][at] };
  })();

  /** Whether slices of a figure can be shown. */
  const sliceable = (figure) => column(figure) !== null;

  /** Aggregates that the page holds instead of whole columns; pairs stand in rising order of their axes. */
  const pairCache = new Map();
  function fromPairs(x, y, figure, aggregate) {
    const held = figures[figure].pairs;
    if (!held) return null;
    const name = `${figure} ${aggregate}`;
    if (!pairCache.has(name)) pairCache.set(name, readHalves(held[["best", "median", "mean"].indexOf(aggregate)]));
    const { values, holes } = pairCache.get(name);
    const [a, b] = x < y ? [x, y] : [y, x];
    let start = 0;
    search: for (let i = 0; i < axes.length; i++) {
      for (let j = i + 1; j < axes.length; j++) {
        if (i === a && j === b) break search;
        start += axes[i].bins * axes[j].bins;
      }
    }
    if (axes.length === 1) start = 0;
    const [wide, high] = [axes[x].bins, y < 0 ? 1 : axes[y].bins];
    const out = emptyCells(wide, high);
    for (let j = 0; j < high; j++) {
      for (let i = 0; i < wide; i++) {
        const from = start + (y < 0 ? i : x < y ? j * axes[a].bins + i : i * axes[a].bins + j);
        out.values[j * wide + i] = values[from];
        out.counts[j * wide + i] = holes[from] ? 0 : 1;
      }
    }
    out.counted = false;
    return out;
  }

  const emptyCells = (wide, high) => ({
    wide, high, counted: true,
    values: new Float64Array(wide * high).fill(NaN),
    counts: new Uint32Array(wide * high),
    best: new Int32Array(wide * high).fill(-1),
  });

  /** Calls `visit(at, cell)` for every point of a slice; `fixed[axis]` is a step of the axis or -1. */
  function eachOf(x, y, fixed, holes, visit) {
    const [wide] = [axes[x].bins];
    const held = axes.map((a) => a.index).filter((a) => a !== x && a !== y && fixed[a] >= 0);
    for (let at = 0; at < holes.length; at++) {
      if (holes[at]) continue;
      let inside = true;
      for (const a of held) if (axes[a].binOf(place(a, at)) !== fixed[a]) { inside = false; break; }
      if (inside) visit(at, (y < 0 ? 0 : axes[y].binOf(place(y, at)) * wide) + axes[x].binOf(place(x, at)));
    }
  }

  /** The cells of two axes (`y` -1: of one), the others fixed or taken together. */
  function cells(x, y, figure, aggregate, fixed) {
    const held = column(figure);
    if (!held) return fixed.some((f, a) => f >= 0 && a !== x && a !== y) ? null : fromPairs(x, y, figure, aggregate);
    const out = emptyCells(axes[x].bins, y < 0 ? 1 : axes[y].bins);
    const { values, holes } = held;
    const { less } = figures[figure];
    const sums = new Float64Array(out.values.length);
    const valid = new Uint32Array(out.values.length);
    const lists = aggregate === "median" ? new Map() : null;
    eachOf(x, y, fixed, holes, (at, cell) => {
      out.counts[cell]++;
      const v = values[at];
      if (Number.isNaN(v)) return;
      const before = out.best[cell];
      if (before < 0 || (less ? v < values[before] : v > values[before])) out.best[cell] = at;
      sums[cell] += v;
      valid[cell]++;
      if (lists) {
        if (!lists.has(cell)) lists.set(cell, []);
        lists.get(cell).push(v);
      }
    });
    for (let cell = 0; cell < out.values.length; cell++) {
      if (valid[cell] === 0) continue;
      out.values[cell] = aggregate === "mean" ? sums[cell] / valid[cell]
        : aggregate === "median" ? share(Float64Array.from(lists.get(cell)).sort(), 0.5)
          : values[out.best[cell]];
    }
    return out;
  }

  /** A sample of points for pictures that draw points. */
  const sample = (() => {
    const columns = S.sample.places.map(wordsOf);
    const held = new Map(S.sample.figures.map(([figure, packed]) => [figure, readHalves(packed).values]));
    return {
      size: S.sample.size, figures: [...held.keys()],
      place: (axis, at) => columns[axis][at],
      value: (figure, at) => held.get(figure)?.[at] ?? NaN,
      point: (at) => {
        const places = columns.map((c) => c[at]);
        return exact.get(key(places)) ?? { places, figures: figures.map((f) => held.get(f.index)?.[at] ?? NaN), exact: false };
      },
    };
  })();

  const valueText = (axis, at) => withUnit(axes[axis].values[at], axes[axis].unit);
  const describe = (point) => point.places.map((at, axis) => `${axes[axis].name} ${valueText(axis, at)}`).join(", ");
  return { S, axes, figures, top, front, chosen, plateau, sample, cells, sliceable, pointAt, valueText, describe, key, objective: S.objective.figure, nothing: S.evaluated === 0 };
}
