/* The page of two results: what became of each unit, and by which criteria. */

const ORDER = Object.keys(setup.sorts);
const PLACES_NAMED = 2;
const judged = (letter) => "pfun".includes(letter);

function sortWord(sort) {
  const { mark, word } = setup.sorts[sort];
  return make("span", { class: `sort sort-${sort}` }, make("span", { "aria-hidden": "true" }, mark), ` ${word}`);
}

function criterionChange([id, before, after, reasons], chunk) {
  const { title, place, id: name } = setup.criteria[id];
  const when = "fu".includes(after) ? say("after") : say("before");
  return make(
    "li",
    {},
    make("div", {}, make("strong", {}, title)),
    make("div", { class: "proof" }, `${place} · `, make("code", {}, name)),
    make("p", {}, badge(before), " → ", badge(after)),
    reasons.length ? make("ul", { class: "why" }, ...reasons.map((reason) => make("li", {}, `${when}: ${chunk.r[reason]}`))) : null,
  );
}

function details(row, { chunk, told: [criteria, faults] }, list) {
  return [
    make("h3", {}, say("details_of", { unit: row.name || row.id })),
    list.wayTo(row),
    make("p", {}, sortWord(row.state), ": ", badge(row.values[5]), " → ", badge(row.values[6])),
    criteria.length ? make("ul", { class: "criteria" }, ...criteria.map((one) => criterionChange(one, chunk))) : null,
    !criteria.length && judged(row.values[5]) && judged(row.values[6]) ? make("p", {}, say("no_change")) : null,
    faults.length ? make("ul", { class: "why" }, ...faults.map((fault) => make("li", {}, chunk.r[fault]))) : null,
  ].filter((node) => node !== null);
}

function which(row) {
  const places = [...new Set(row.values[7].map((id) => setup.criteria[id].place))];
  const named = places.slice(0, PLACES_NAMED).join("; ");
  return places.length > PLACES_NAMED ? `${named}; +${number.format(places.length - PLACES_NAMED)}` : named || "–";
}

const became = document.getElementById("filter-became");
for (const [sort, { word }] of Object.entries(setup.sorts)) became.append(make("option", { value: sort }, word));

const choice = document.getElementById("filter-criterion");
const changed = new Set([...document.querySelectorAll("script.rows")].flatMap((script) => JSON.parse(script.textContent).flatMap((row) => row[7])));
setup.criteria.forEach(({ id, title, place }, index) => {
  if (changed.has(index)) choice.append(make("option", { value: id }, `${title} (${place})`));
});
const outcomeOrder = (letter) => "furnjaop".indexOf(letter);
new UnitList({
  columns: [
    { key: "name", title: say("name"), compare: (a, b) => collator.compare(a.name || a.id, b.name || b.id) },
    { key: "kind", title: say("kind"), cell: (row) => kindTitle(row.kind), compare: (a, b) => a.kind - b.kind },
    { key: "before", title: say("before"), cell: (row) => badge(row.values[5]), compare: (a, b) => outcomeOrder(a.values[5]) - outcomeOrder(b.values[5]) },
    { key: "after", title: say("after"), cell: (row) => badge(row.values[6]), compare: (a, b) => outcomeOrder(a.values[6]) - outcomeOrder(b.values[6]) },
    { key: "became", title: say("became"), cell: (row) => sortWord(row.state), compare: (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) },
    { key: "which", title: say("by_which"), cell: which },
  ],
  filters: {
    became: (value) => (row) => (value === "moved" ? row.state !== "same" || row.values[7].length > 0 : row.state === value),
    kind: (value) => (row) => row.kind >= 0 && setup.kinds[row.kind].id === value,
    place: (value, units) => units.inside(value),
    criterion: (value) => {
      const wanted = setup.criteria.findIndex(({ id }) => id === value);
      return (row) => row.values[7].includes(wanted);
    },
  },
  details,
  defaults: { became: "moved" },
});
