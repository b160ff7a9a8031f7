/* The page of a result: what its list shows, and why a unit was judged so. */

const SEVERITY = "furnp";
const letters = (row) => row.values[5];
const met = (row) => [...letters(row)].filter((letter) => letter === "p").length;
const applicable = (row) => [...letters(row)].filter((letter) => letter !== "n").length;
const LISTED_BELOW = 60;

function reasonsOf(numbers, chunk) {
  return numbers.map((reason) => {
    const [text, ...lacking] = chunk.r[reason];
    return make("li", {}, text, ...lacking.map((line) => make("span", { class: "lacking" }, line)));
  });
}

function criterion(row, position, told, chunk) {
  const { id, title, place, remarks } = setup.criteria[setup.kinds[row.kind].criteria[position]];
  const letter = letters(row)[position];
  const [, reasons, documents] = told ?? [0, [], []];
  const law = make("span", { class: "law" }, `${place} · `, make("code", {}, id), ...remarks.map((remark) => ` · ${remark}`));
  const why = [
    ...reasonsOf(reasons, chunk),
    ...documents.map((document) => make("li", { class: "proof" }, say("proof", { document: chunk.d[document] }))),
  ];
  return make(
    "li",
    {},
    make("div", { class: "what" }, make("span", { class: `mark mark-${letter}`, "aria-hidden": "true" }, setup.outcomes[letter].mark), make("strong", {}, title), law),
    why.length ? make("ul", { class: "why" }, ...why) : null,
  );
}

function criteriaOf(row, { chunk, told: [findings] }) {
  const told = new Map(findings.map((finding) => [finding[0], finding]));
  const nodes = [];
  for (const letter of "fupn") {
    const positions = [...letters(row)].flatMap((one, position) => (one === letter ? [position] : []));
    if (!positions.length) continue;
    const heading = say("criteria_of", { outcome: setup.outcomes[letter].word, count: number.format(positions.length) });
    const list = make("ul", { class: "criteria" }, ...positions.map((position) => criterion(row, position, told.get(position), chunk)));
    if (letter === "f" || letter === "u") nodes.push(make("h4", {}, heading), list);
    else nodes.push(make("details", { class: "more" }, make("summary", {}, heading), list));
  }
  return nodes;
}

function below(row, list) {
  const place = list.placeOf.get(row.id);
  const units = place === undefined ? [] : list.rows.filter((one) => one.place === place);
  if (!units.length) return [];
  const links = units.slice(0, LISTED_BELOW).map((one) => {
    const { mark, word } = setup.outcomes[one.state];
    return make("li", {}, make("span", { class: `mark mark-${one.state}`, "aria-hidden": "true" }, mark), make("span", {}, make("a", { href: address({ unit: one.id }) }, one.name || one.id), make("span", { class: "hidden" }, ` (${word})`)));
  });
  return [
    make("h4", {}, say("units_below", { count: number.format(units.length) })),
    make("ul", { class: "below" }, ...links),
    units.length > LISTED_BELOW ? make("p", {}, say("more_below", { count: number.format(units.length - LISTED_BELOW) })) : null,
    make("p", { class: "way" }, make("a", { href: address({ place: row.id }) }, say("show_below"))),
  ];
}

function details(row, explanation, list) {
  const { chunk, told: [, whole, notes] } = explanation;
  return [
    make("h3", {}, say("details_of", { unit: row.name || row.id })),
    list.wayTo(row),
    make("p", {}, badge(row.state), row.values[6] ? ` ${row.values[6]}` : "", applicable(row) ? ` ${say("progress", { met: number.format(met(row)), applicable: number.format(applicable(row)) })}` : ""),
    whole.length ? make("ul", { class: "why" }, ...reasonsOf(whole, chunk)) : null,
    ...criteriaOf(row, explanation),
    notes.length ? make("ul", { class: "why" }, ...notes.map((note) => make("li", { class: "proof" }, say("note", { note })))) : null,
    ...below(row, list),
  ].filter((node) => node !== null);
}

const outcomes = document.getElementById("filter-outcome");
for (const [letter, { word }] of Object.entries(setup.outcomes)) outcomes.append(make("option", { value: letter }, word));

new UnitList({
  columns: [
    { key: "name", title: say("name"), compare: (a, b) => collator.compare(a.name || a.id, b.name || b.id) },
    { key: "kind", title: say("kind"), cell: (row) => kindTitle(row.kind), compare: (a, b) => a.kind - b.kind },
    { key: "place", title: say("below"), cell: (row) => placeName(row.place), compare: (a, b) => collator.compare(placeName(a.place), placeName(b.place)) },
    { key: "outcome", title: say("outcome"), cell: (row) => make("span", {}, badge(row.state), row.values[6] ? make("span", { class: "under" }, row.values[6]) : null), compare: (a, b) => SEVERITY.indexOf(a.state) - SEVERITY.indexOf(b.state) },
    { key: "met", title: say("met"), kind: "number", cell: (row) => (applicable(row) ? `${met(row)}/${applicable(row)}` : "–"), compare: (a, b) => met(a) * (applicable(b) || 1) - met(b) * (applicable(a) || 1) },
  ],
  filters: {
    outcome: (value) => (row) => row.state === value,
    kind: (value) => (row) => row.kind >= 0 && setup.kinds[row.kind].id === value,
    place: (value, units) => units.inside(value),
    criterion: (value) => {
      const positions = setup.kinds.map((kind) => kind.criteria.findIndex((number) => setup.criteria[number].id === value));
      return (row) => row.kind >= 0 && row.state !== "n" && "fu".includes(letters(row)[positions[row.kind]] || "-");
    },
  },
  details,
});
