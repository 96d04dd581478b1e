// The frame of every page: warnings, named figures, facts, identity, and the bar that stays in sight.

function warnings() {
  if (D.warnings.length === 0) return;
  byId("warnings").append(el("section", { class: "warn", "aria-labelledby": "warn-title" },
    svg("svg", { viewBox: "0 0 24 24", width: 22, height: 22, "aria-hidden": "true" }, svg("path", { fill: "currentColor", d: "M12 2.6 1.4 21h21.2L12 2.6Zm0 4 7.2 12.4H4.8L12 6.6Zm-1 4.2h2v4.6h-2v-4.6Zm0 5.7h2v2h-2v-2Z" })),
    el("div", {},
      el("h2", { id: "warn-title" }, D.warnings.length === 1 ? "Read this first" : `Read these ${D.warnings.length} points first`),
      el("ul", {}, D.warnings.map((w) => el("li", {}, w))))));
}

function figuresTable() {
  const groups = new Map();
  for (const m of D.metrics) {
    if (!groups.has(m.group)) groups.set(m.group, []);
    groups.get(m.group).push(m);
  }
  if (groups.size === 0) byId("figures-body").append(emptyState("No figures", "The run computed none."));
  for (const [title, list] of groups) {
    byId("figures-body").append(el("div", {}, el("h3", {}, title),
      el("dl", { class: "rows" }, list.map((m) => el("div", {},
        el("dt", m.about ? { tabindex: 0, class: "hint", "aria-description": m.about } : {}, m.label, m.about ? el("span", { class: "hint-text", role: "tooltip", "aria-hidden": "true" }, m.about) : null),
        el("dd", {}, figure(m)))))));
  }
}

function facts(id, list, nothing) {
  byId(id).append(list.length === 0
    ? el("p", { class: "faded" }, nothing)
    : el("dl", { class: "rows" }, list.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
}

function identity() {
  const copy = (text) => el("button", { class: "button copy", type: "button", onclick: async (event) => {
    const button = event.currentTarget;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // Without the right to write, the hash is marked for a copy by hand.
      getSelection().selectAllChildren(button.previousSibling);
      button.textContent = "Marked";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  } }, "Copy");
  const row = (name, value, copied) => value
    ? el("div", { class: "stacked" }, el("dt", {}, name), el("dd", { class: "hash" }, el("code", {}, value), copied ? copy(value) : null))
    : null;
  byId("identity-body").append(el("dl", { class: "rows" },
    row("Run", D.run.hash, true), row("Source", D.run.source), row("Compiler", D.run.compiler), row("Data", D.run.data)));
}

/** The sticky bar shows title and figures once the page's own have scrolled away, and marks the section in sight. */
function stickyBar() {
  const bar = byId("bar");
  new IntersectionObserver(([entry]) => bar.classList.toggle("compact", !entry.isIntersecting), { rootMargin: "-56px 0px 0px 0px" })
    .observe(byId("headline"));
  const links = [...bar.querySelectorAll(".bar-nav a")];
  const sections = links.map((a) => byId(a.hash.slice(1)));
  let waiting = false;
  const mark = () => {
    waiting = false;
    const atEnd = scrollY > 0 && innerHeight + scrollY >= document.documentElement.scrollHeight - 4;
    let current = -1;
    sections.forEach((s, i) => { if (s.getBoundingClientRect().top < innerHeight * 0.35) current = i; });
    if (atEnd) current = links.length - 1;
    links.forEach((a, i) => (i === current ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current")));
  };
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(mark);
  }, { passive: true });
  mark();
}

/** A headline figure with a line below it. */
const tile = (label, value, note, mood = "") => el("div", { class: "tile" }, el("dt", {}, label), el("dd", { class: mood }, value), el("dd", { class: "tile-note" }, note));
