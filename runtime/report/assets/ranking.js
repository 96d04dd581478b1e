// The best points and the front as a table that any column sorts.

function rankingTable(model, host, tools, { onPick }) {
  const { axes, figures } = model;
  const lists = [["top", "Best", model.top], ["front", "Pareto front", model.front]].filter(([, , rows]) => rows.length > 0);
  if (lists.length === 0) {
    host.append(model.nothing
      ? emptyState("No points", "The sweep evaluated no point.")
      : emptyState("No best point", "The objective exists at no point, so none can be ranked.", model.S.objective.constraints.length ? `Points had to meet: ${model.S.objective.constraints.join(", ")}.` : "As a rule that means too few trades."));
    return { show() {} };
  }
  const shown = (index) => ({
    id: `f${index}`, name: figures[index].label, number: true, figure: figures[index],
    of: (row) => row.figures[index], text: (row) => say(figures[index].kind, row.figures[index]),
  });
  const columns = [
    { id: "rank", name: "#", number: true, of: (_, i) => i, text: (_, i) => String(i + 1) },
    shown(model.objective),
    ...axes.map((a) => ({ id: `p${a.index}`, name: a.name, number: true, of: (row) => row.places[a.index], text: (row) => model.valueText(a.index, row.places[a.index]) })),
    ...figures.map((f) => f.index).filter((f) => f !== model.objective).map(shown),
  ];
  let list = lists[0];
  let sort = { column: columns[0], down: false };
  let picked = null;
  const body = el("tbody", {});
  const heads = columns.map((column) => {
    const button = el("button", { type: "button", onclick: () => {
      sort = { column, down: sort.column === column ? !sort.down : Boolean(column.figure && !column.figure.less) };
      fill();
    } }, column.name, el("span", { class: "order" }));
    const head = el("th", { scope: "col", class: "number" }, button);
    return head;
  });
  const table = el("table", { class: "trades ranking" }, el("caption", { class: "unseen" }, "Points of the sweep"), el("thead", {}, el("tr", {}, heads)), body);
  host.append(el("div", { class: "list ranking-list", tabindex: 0, role: "region", "aria-label": "Table of points" }, table));
  const strongest = new Map(columns.filter((c) => c.figure).map((c) => [c, Math.max(...list[2].map((row) => Math.abs(row.figures[c.figure.index])).filter(Number.isFinite), 1e-12)]));

  function fill() {
    const rows = list[2].map((row, i) => ({ row, i }));
    rows.sort((a, b) => {
      const [x, y] = [sort.column.of(a.row, a.i), sort.column.of(b.row, b.i)];
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
      return (sort.down ? y - x : x - y) || a.i - b.i;
    });
    heads.forEach((head, i) => head.setAttribute("aria-sort", sort.column === columns[i] ? (sort.down ? "descending" : "ascending") : "none"));
    body.replaceChildren(...rows.map(({ row, i }) => {
      const line = el("tr", { tabindex: 0, "data-at": i, class: picked && model.key(row.places) === picked ? "chosen" : "" },
        columns.map((column) => el("td", {
          class: `number${column.figure?.index === model.objective ? " barred" : ""}`,
          vars: column.figure?.index === model.objective ? { "--share": `${Math.max(0, Math.min(1, Math.abs(row.figures[model.objective]) / strongest.get(column))) * 100}%` } : undefined,
        }, column.text(row, i))));
      line.addEventListener("click", () => onPick(row));
      line.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); onPick(row); }
        const next = { ArrowDown: line.nextElementSibling, ArrowUp: line.previousElementSibling }[event.key];
        if (next) { event.preventDefault(); next.focus(); }
      });
      return line;
    }));
  }
  if (lists.length > 1) tools.append(choice("Which points", lists.map(([id, name]) => [id, name]), "top", (id) => { list = lists.find(([l]) => l === id); fill(); }));
  fill();
  return { show: (point) => {
    picked = point && model.key(point.places);
    for (const line of body.children) line.classList.toggle("chosen", model.key(list[2][line.dataset.at].places) === picked);
  } };
}
