"""The words of the page, by the names under which its templates and its program know them."""

from __future__ import annotations

from collections.abc import Mapping

from antq_rules.errors import message

BOTH: Mapping[str, str] = {
    "skip": message("Skip to the list of units"),
    "contents": message("On this page"),
    "units": message("Units"),
    "summary": message("Summary"),
    "kind": message("Kind of unit"),
    "name": message("Name"),
    "share": message("Share reached"),
    "reached": message("Reached"),
    "chart": message("Chart"),
    "criterion": message("Criterion"),
    "how_share": message(
        "The share reached is that of the units that pass among those to which the standard applies; those not yet"
        " determined count among them."
    ),
    "bars_hidden": message("The bars show what the figures beside them say."),
    "none_applies": message("applies to none"),
    "no_script": message(
        "The list of units can be searched and opened only where the browser may run JavaScript. Everything above is"
        " complete without it."
    ),
    "find": message("Search by name or id"),
    "find_hint": message("Accents and capitals make no difference."),
    "filters": message("Find units"),
    "all_kinds": message("All kinds"),
    "locality": message("Locality"),
    "all_localities": message("All localities"),
    "clear": message("Clear all"),
    "order": message("Order"),
    "input_order": message("as in the input"),
    "pages": message("Pages of the list"),
    "previous_page": message("Previous page"),
    "next_page": message("Next page"),
    "made_by": message("How this result was made"),
    "made_with": message("Made with antq_rules {version}"),
    "count_of": message("{count} of {total}"),
    "other_criteria": message("{count} more criteria"),
    "sha_input": message("SHA-256 of the dossiers"),
}
"""Words of both pages."""

RESULT: Mapping[str, str] = {
    "heading": message("{title} · year {period}"),
    "ruleset": message("Ruleset {id} {version}, {status}"),
    "readings": message("Readings used"),
    "reading": message("Reading {name}: {choice}"),
    "overlay": message("Overlay {id} {version}: {title}"),
    "by_default": message("by default"),
    "plugins": message("Plugins"),
    "sha_ruleset": message("SHA-256 of the ruleset"),
    "sha_previous": message("SHA-256 of last year's dossiers"),
    "all_units": message("All units"),
    "nothing": message("The input holds no unit that is judged."),
    "charts": message("Charts"),
    "by_kind": message("Share reached by kind of unit"),
    "by_group": message("Share reached by province and district"),
    "by_group_and_kind": message("Reached by province, district and kind of unit"),
    "by_group_and_kind_hint": message("Units that pass of those to which the standard applies."),
    "by_place": message("Share reached by commune"),
    "lowest_places": message("The {count} of {total} with the lowest share; all of them can be chosen below."),
    "all_places": message("From the lowest share to the highest, over all units below each one."),
    "by_criterion": message("Criteria that are not met most often"),
    "by_criterion_hint": message("Choose a criterion to see the units that do not meet it, or for which it is open."),
    "nothing_open": message("Every criterion is met."),
    "fail_count": message("Do not meet it"),
    "open_count": message("Not yet determined"),
    "years": message("This year against last year"),
    "years_hint": message("The upper bar is last year's share, the lower one this year's."),
    "this_year": message("Year {period}"),
    "points": message("Difference"),
    "points_of": message("{points} points"),
    "gained": message("Newly reached: {count}"),
    "lost": message("No longer reached: {count}"),
    "arrived": message("New in the input: {count}"),
    "left": message("No longer in the input: {count}"),
    "quotas": message("Quotas"),
    "quota": message("Quota"),
    "count": message("Count"),
    "whole": message("all units"),
    "outcome": message("Outcome"),
    "refused": message("Not judged, since the input has errors"),
    "more_refused": message("{count} more are in the list of units under “{outcome}”."),
    "not_judged": message("not judged"),
    "all_outcomes": message("All outcomes"),
    "met": message("Met"),
    "open_criterion": message("Criterion not met"),
    "any_criterion": message("Any"),
}
"""Words of the page of a result."""

CHANGES: Mapping[str, str] = {
    "heading": message("Two results side by side: {before} and {after}"),
    "before": message("Before"),
    "after": message("After"),
    "ruleset": message("Ruleset {id} {version}, {status}"),
    "overlays": message("Overlays"),
    "became": message("What became of it"),
    "all_changes": message("All changes"),
    "only_changed": message("Changed in any way"),
    "by_kind": message("Share reached by kind of unit"),
    "by_group": message("By province and district"),
    "by_place": message("By commune"),
    "by_criterion": message("By criterion"),
    "bars_hint": message("The upper bar is the share before, the lower one that after."),
    "criterion_hint": message(
        "Units that do not meet it, or lack the evidence for it. Choose a criterion to see the units for which it"
        " came out otherwise."
    ),
    "open_before": message("Open before"),
    "open_after": message("Open after"),
    "more": message("Difference"),
    "points_of": message("{points} points"),
    "changed_criterion": message("Criterion that changed"),
    "any_criterion": message("Any"),
    "by_which": message("By which criteria"),
    "lowest_places": message("The {count} of {total} whose share fell most or rose least; all can be chosen below."),
    "no_units": message("Neither input holds a unit."),
}
"""Words of the page of two results."""

SORTS: Mapping[str, str] = {
    "gained": message("newly reached"),
    "lost": message("no longer reached"),
    "changed": message("another outcome"),
    "same": message("as before"),
    "arrived": message("new in the input"),
    "left": message("no longer in the input"),
    "not_judged": message("not judged on both sides"),
}
"""What may become of a unit."""

STANDINGS: Mapping[str, str] = {
    "refused": message("refused for its errors"),
    "not_judged": message("not judged"),
    "absent": message("not in the input"),
}
"""How a unit stands that has no outcome."""

PROGRAM: Mapping[str, str] = {
    "name": message("Name"),
    "kind": message("Kind of unit"),
    "below": message("Belongs to"),
    "hits": message("{count} of {total} units"),
    "window": message("Rows {first} to {last}; page {page} of {pages}"),
    "nobody": message("No unit fits. Change or clear what is chosen above."),
    "chosen": message("Chosen: {chosen}"),
    "sort_up": message("{column}, ascending"),
    "sort_down": message("{column}, descending"),
    "progress": message("{met} of {applicable} criteria met"),
    "criteria_of": message("{outcome}: {count} criteria"),
    "proof": message("Document: {document}"),
    "note": message("Note: {note}"),
    "units_below": message("Units directly below: {count}"),
    "show_below": message("Show all units below in the list"),
    "more_below": message("{count} more"),
    "way": message("Where it belongs"),
    "details_of": message("Why: {unit}"),
    "no_change": message("No criterion came out otherwise."),
    "without": message("not asked for"),
    "reading_on": message("The page is still being read; please wait."),
}
"""Words of the program of the pages."""
