"use strict";
/* The list of units of both pages: search, choice, order, pages, opening, addresses and printing. Only the rows of one
   page stand in the document; each page's own part says what columns there are and what an open unit shows. */

const ROWS_A_PAGE = 50;
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const setup = read("setup");
const number = new Intl.NumberFormat(setup.language);
const collator = new Intl.Collator("vi", { numeric: true, sensitivity: "variant" });

function say(word, values = {}) {
  return setup.words[word].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/* Letters without accents and capitals; đ has no decomposition. */
function folded(text) {
  return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/đ/g, "d");
}

function badge(letter) {
  const { mark, word } = setup.outcomes[letter];
  return make("span", { class: `badge badge-${letter}` }, make("span", { class: "mark", "aria-hidden": "true" }, mark), ` ${word}`);
}

const address = (values) => `#${new URLSearchParams(values)}`;
const placeName = (place) => (place < 0 ? "" : setup.places[place][1] || setup.places[place][0]);
const kindTitle = (kind) => (kind < 0 ? "" : setup.kinds[kind].title);

/* The places above a place, from the highest, and itself. */
function way(place) {
  const found = [];
  for (let at = place; at >= 0 && found.length <= setup.places.length; at = setup.places[at][3]) found.unshift(at);
  return found;
}

class UnitList {
  /* columns: {key, title, cell(row), compare(a, b)}; filters: {key: (value, list) => (row) => boolean};
     details(row, explanation) gives the nodes of an open unit; defaults are the filters chosen at the beginning. */
  constructor({ columns, filters, details, defaults = {} }) {
    this.columns = columns;
    this.details = details;
    this.defaults = { q: "", sort: "", ...Object.fromEntries(Object.keys(filters).map((key) => [key, ""])), ...defaults };
    this.filters = filters;
    this.rows = [...document.querySelectorAll("script.rows")]
      .flatMap((script) => JSON.parse(script.textContent))
      .map((values, index) => ({ index, id: values[0], name: values[1], kind: values[2], state: values[3], place: values[4], values, haystack: folded(`${values[0]} ${values[1] ?? ""}`) }));
    this.byId = new Map();
    for (const row of this.rows) if (!this.byId.has(row.id)) this.byId.set(row.id, row);
    this.placeOf = new Map(setup.places.map((place, index) => [place[0], index]));
    this.chunks = new Map();
    this.ranks = new Map();
    this.state = { ...this.defaults };
    this.opened = new Set();
    this.page = 0;
    this.body = document.querySelector("#table tbody");
    this.controls = Object.fromEntries(["q", ...Object.keys(filters).map((key) => `filter-${key}`)].map((id) => [id.replace("filter-", ""), document.getElementById(id)]));
    this.controls.sort = document.getElementById("order");
    this.fillChoices();
    this.makeHead();
    this.listen();
    document.getElementById("list").hidden = false;
    this.fromAddress(false);
    performance.mark("rows");
  }

  /* What stands on the page at the beginning */

  fillChoices() {
    const used = new Set(this.rows.map((row) => row.kind));
    setup.kinds.forEach((kind, index) => {
      if (used.has(index)) this.controls.kind.append(make("option", { value: kind.id }, kind.title));
    });
    const groups = new Map();
    setup.places.forEach(([id, name, kind, above], index) => {
      const title = kind ?? "";
      if (!groups.has(title)) groups.set(title, []);
      groups.get(title).push({ id, text: [name || id, placeName(above)].filter(Boolean).join(" – "), index });
    });
    for (const [title, places] of groups) {
      places.sort((a, b) => collator.compare(a.text, b.text) || a.index - b.index);
      const options = places.map(({ id, text }) => make("option", { value: id }, text));
      this.controls.place.append(...(title ? [make("optgroup", { label: title }, ...options)] : options));
    }
    for (const { key, title, compare } of this.columns) {
      if (compare) this.controls.sort.append(make("option", { value: key }, say("sort_up", { column: title })), make("option", { value: `-${key}` }, say("sort_down", { column: title })));
    }
  }

  makeHead() {
    this.heads = new Map();
    const row = document.querySelector("#table thead tr");
    for (const { key, title, compare, kind } of this.columns) {
      const head = make("th", { role: "columnheader", scope: "col", class: kind ?? null });
      if (compare) {
        const arrow = make("span", { class: "arrow", "aria-hidden": "true" });
        const button = make("button", { type: "button" }, title, arrow);
        button.addEventListener("click", () => this.choose({ sort: this.state.sort === key ? `-${key}` : key }));
        head.append(button);
        this.heads.set(key, { head, arrow });
      } else head.append(title);
      row.append(head);
    }
  }

  listen() {
    for (const [key, control] of Object.entries(this.controls)) {
      control.addEventListener(key === "q" ? "input" : "change", () => this.choose({ [key]: control.value }));
    }
    document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
    document.getElementById("clear").addEventListener("click", () => { this.opened.clear(); this.choose({ ...this.defaults }); });
    document.getElementById("previous").addEventListener("click", () => this.turn(-1));
    document.getElementById("next").addEventListener("click", () => this.turn(1));
    this.body.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-row]");
      if (button) this.toggle(this.rows[button.dataset.row]);
    });
    this.body.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => this.fromAddress(true));
    window.addEventListener("beforeprint", () => this.beforePrint());
    window.addEventListener("afterprint", () => this.afterPrint());
  }

  key(event) {
    if (event.key === "Escape") {
      const details = event.target.closest("tr.details");
      const row = details ? this.rows[details.dataset.of] : null;
      if (row) {
        this.toggle(row);
        this.focus(row);
      }
      return;
    }
    const buttons = [...this.body.querySelectorAll("button[data-row]")];
    const at = buttons.indexOf(event.target);
    if (at < 0) return;
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    buttons[Math.min(Math.max(target, 0), buttons.length - 1)].focus();
  }

  /* What is chosen */

  choose(changes) {
    Object.assign(this.state, changes);
    this.page = 0;
    this.update();
    this.intoAddress();
  }

  turn(by) {
    const page = this.page + by;
    if (page < 0 || page >= this.pages) return;
    this.page = page;
    this.render();
    document.getElementById("table").scrollIntoView({ block: "start" });
  }

  toggle(row) {
    if (this.opened.has(row)) this.opened.delete(row);
    else this.opened.add(row);
    this.latest = this.opened.has(row) ? row : null;
    const shown = this.body.querySelector(`button[data-row="${row.index}"]`)?.closest("tr");
    if (shown) {
      if (shown.nextElementSibling?.classList.contains("details")) shown.nextElementSibling.remove();
      shown.replaceWith(...this.shown(row));
      this.focus(row);
    }
    this.intoAddress();
  }

  focus(row) {
    this.body.querySelector(`button[data-row="${row.index}"]`)?.focus();
  }

  /* Addresses: #unit=...&q=...&outcome=... */

  fromAddress(move) {
    const asked = location.hash.slice(1);
    if (move && !asked.includes("=")) return;
    const values = new URLSearchParams(asked.includes("=") ? asked : "");
    for (const key of Object.keys(this.defaults)) this.state[key] = values.get(key) ?? this.defaults[key];
    const row = this.byId.get((values.get("unit") ?? "").normalize("NFC"));
    this.page = 0;
    this.opened.clear();
    this.latest = row ?? null;
    if (row) this.opened.add(row);
    this.update(row);
    if (row) {
      this.focus(row);
      this.body.querySelector(`button[data-row="${row.index}"]`).scrollIntoView({ block: "start" });
    } else if (move) {
      document.getElementById("units").scrollIntoView({ block: "start" });
      document.getElementById("units").focus({ preventScroll: true });
    }
  }

  intoAddress() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      const values = Object.entries(this.state).filter(([key, value]) => value !== this.defaults[key]);
      if (this.latest) values.push(["unit", this.latest.id]);
      const wanted = values.length ? address(values) : "#";
      if (wanted !== (location.hash || "#")) history.replaceState(null, "", wanted);
    }, 250);
  }

  /* Which rows, in which order */

  rank(column) {
    if (!this.ranks.has(column.key)) {
      const sorted = [...this.rows].sort((a, b) => column.compare(a, b) || a.index - b.index);
      const ranks = new Array(sorted.length);
      sorted.forEach((row, place) => { ranks[row.index] = place && !column.compare(sorted[place - 1], row) ? ranks[sorted[place - 1].index] : place; });
      this.ranks.set(column.key, ranks);
    }
    return this.ranks.get(column.key);
  }

  fitting() {
    const tests = Object.entries(this.filters)
      .filter(([key]) => this.state[key])
      .map(([key, test]) => test(this.state[key], this));
    const words = folded(this.state.q).split(/\s+/).filter(Boolean);
    if (words.length) tests.push((row) => words.every((word) => row.haystack.includes(word)));
    return tests.length ? this.rows.filter((row) => tests.every((test) => test(row))) : [...this.rows];
  }

  update(row = null) {
    this.view = this.fitting();
    if (row && !this.view.includes(row)) {
      Object.assign(this.state, Object.fromEntries(Object.keys(this.filters).map((key) => [key, ""])), { q: "" });
      this.view = this.fitting();
    }
    const down = this.state.sort.startsWith("-");
    const column = this.columns.find(({ key, compare }) => compare && key === this.state.sort.replace("-", ""));
    if (column) {
      const ranks = this.rank(column);
      const sign = down ? -1 : 1;
      this.view.sort((a, b) => sign * (ranks[a.index] - ranks[b.index]) || a.index - b.index);
    }
    for (const [key, { head, arrow }] of this.heads) {
      const sorted = column?.key === key;
      if (sorted) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      arrow.textContent = sorted ? (down ? "▼" : "▲") : "↕";
    }
    for (const [key, control] of Object.entries(this.controls)) if (control.value !== this.state[key]) control.value = this.state[key];
    if (row) this.page = Math.floor(this.view.indexOf(row) / ROWS_A_PAGE);
    this.render();
  }

  get pages() {
    return Math.max(1, Math.ceil(this.view.length / ROWS_A_PAGE));
  }

  /* What stands in the document */

  render(all = false) {
    const first = all ? 0 : this.page * ROWS_A_PAGE;
    const rows = all ? this.view : this.view.slice(first, first + ROWS_A_PAGE);
    this.body.replaceChildren(...rows.flatMap((row) => this.shown(row)));
    if (!rows.length) {
      this.body.append(make("tr", { role: "row" }, make("td", { role: "cell", colspan: this.columns.length }, say("nobody"))));
    }
    const several = this.pages > 1;
    document.getElementById("hits").textContent = say("hits", { count: number.format(this.view.length), total: number.format(this.rows.length) });
    document.getElementById("window").textContent = say("window", { first: number.format(first + 1), last: number.format(first + rows.length), page: number.format(this.page + 1), pages: number.format(this.pages) });
    document.getElementById("pages").hidden = !several;
    document.getElementById("previous").setAttribute("aria-disabled", String(this.page === 0));
    document.getElementById("next").setAttribute("aria-disabled", String(this.page + 1 >= this.pages));
  }

  shown(row) {
    const open = this.opened.has(row);
    const [, ...others] = this.columns;
    const button = make(
      "button",
      { type: "button", class: "open", "data-row": row.index, "aria-expanded": String(open), "aria-controls": open ? `details-${row.index}` : null },
      make("span", { class: "arrow", "aria-hidden": "true" }, "▸"),
      make("span", {}, row.name || row.id),
      row.name ? make("span", { class: "under" }, row.id) : null,
    );
    const line = make(
      "tr",
      { role: "row" },
      make("th", { role: "rowheader", scope: "row" }, button),
      ...others.map((column) => make("td", { role: "cell", class: column.kind ?? null, "data-label": column.title }, column.cell(row))),
    );
    return open ? [line, this.detailsOf(row)] : [line];
  }

  detailsOf(row) {
    const cell = make("td", { role: "cell", colspan: this.columns.length });
    const explanation = this.explanation(row);
    if (explanation) cell.append(...this.details(row, explanation, this));
    else {
      cell.append(say("reading_on"));
      document.addEventListener("DOMContentLoaded", () => cell.replaceChildren(...this.details(row, this.explanation(row), this)), { once: true });
    }
    return make("tr", { role: "row", class: "details", id: `details-${row.index}`, "data-of": row.index }, cell);
  }

  /* The explanation of a unit; null while the file is still being read. */
  explanation(row) {
    const at = Math.floor(row.index / setup.chunk);
    if (!this.chunks.has(at)) {
      const script = document.getElementById(`explanations-${at}`);
      if (!script || (document.readyState === "loading" && !script.nextSibling)) return null;
      this.chunks.set(at, JSON.parse(script.textContent));
    }
    const chunk = this.chunks.get(at);
    return { chunk, told: chunk.u[row.index % setup.chunk] };
  }

  /* Where a unit belongs, each step a link. */
  wayTo(row) {
    const steps = way(row.place).map((place) => {
      const [id] = setup.places[place];
      return make("li", {}, make("a", { href: address(this.byId.has(id) ? { unit: id } : { place: id }) }, placeName(place)), " › ");
    });
    return steps.length ? make("nav", { "aria-label": say("way"), class: "way" }, make("ul", { class: "inline" }, ...steps)) : null;
  }

  inside(value) {
    const place = this.placeOf.get(value);
    const known = new Map();
    const within = (at) => {
      if (!known.has(at)) known.set(at, way(at).includes(place));
      return known.get(at);
    };
    return (row) => row.id === value || (row.place >= 0 && within(row.place));
  }

  /* Paper gets all units that fit, and what the charts fold away. */

  beforePrint() {
    const chosen = Object.entries(this.controls)
      .filter(([key, control]) => key !== "sort" && control.value)
      .map(([, control]) => `${control.labels[0].textContent}: ${control.selectedOptions ? control.selectedOptions[0].textContent : control.value}`);
    const line = document.getElementById("chosen");
    line.hidden = !chosen.length;
    line.textContent = chosen.length ? say("chosen", { chosen: chosen.join("; ") }) : "";
    this.folded = [...document.querySelectorAll("#summary details:not([open]), #charts details:not([open])")];
    for (const one of this.folded) one.open = true;
    this.render(true);
  }

  afterPrint() {
    for (const one of this.folded ?? []) one.open = false;
    this.render();
  }
}
