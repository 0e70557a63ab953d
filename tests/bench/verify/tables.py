"""The tables: exact counts, nothing rounded."""
from verify.findings import METHODS, RECONCILIATION
from verify.spot_check import DRAWS


def _share(found, of):
    return f"{found:,} of {of:,}"


def _drawn(line):
    return f"{line['drawn']:,} of {line['planted'] * line['draws']:,}"


def clean_lines(setup, figures):
    clean = figures["clean"]
    left = f" ({', '.join(clean['not_checked'])})" if clean["not_checked"] else ""
    return [f"## {setup}", "", f"The clean set: {clean['rows']:,} rows, {clean['verdicts']} verdicts, {len(clean['false_alarms'])} false "
            f"alarms, {len(clean['not_checked'])} not checked{left}.", ""]


def target_lines(figures):
    target = figures["target"]
    first = target["lines"][0]
    lines = ["### In transport and in the target", "",
             "Found: a row of the fault is named. Located: each of its rows by table and key, and each of its fields. Half of each kind "
             "came with the hash of the changed row, as a fault of transport does. Quickly: the source is not read again. "
             f"A drawn sample of {first['sample']:,} of {first['lot']:,} rows was simulated {DRAWS:,} times.", "",
             "| kind | planted | reconciliation: found | and located | quickly: found, with the old hash | with the new hash | format: found | "
             "logic: found | spot check: drawn |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for line in target["lines"]:
        planted = line["planted"]
        lines.append(f"| {line['kind']} | {planted} | {_share(line['found'][RECONCILIATION], planted)} | "
                     f"{_share(line['located'][RECONCILIATION], planted)} | {_share(line['quick'][False], planted - line['rehashed'])} | "
                     f"{_share(line['quick'][True], line['rehashed'])} | {line['found']['format']} | "
                     f"{line['found']['logic']} | {_drawn(line)} |")
    total = {method: sum(line["located"][method] for line in target["lines"]) for method in METHODS}
    planted = sum(line["planted"] for line in target["lines"])
    return [*lines, "", f"Located by reconciliation: {_share(total[RECONCILIATION], planted)}. Reported and not planted: "
            f"{target['others']}.", ""]


def source_lines(figures):
    lines = ["### In the source", "",
             "Load and reconciliation read the same wrong rows, and so does who checks a sample against the source: only rules find them. "
             "Totals and contracts name no row.", "",
             "| kind | planted | format: found | and located | logic: found | and located | reconciliation: found | totals that differ "
             "| contracts broken |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |"]
    for line in figures["source"]["lines"]:
        planted, found, located = line["planted"], line["found"], line["located"]
        lines.append(f"| {line['kind']} | {planted} | {_share(found['format'], planted)} | {located['format']} | "
                     f"{_share(found['logic'], planted)} | {located['logic']} | {found[RECONCILIATION]} | "
                     f"{', '.join(line['totals']) or '–'} | {', '.join(line['contracts']) or '–'} |")
    return [*lines, ""]


def mapping_lines(figures):
    lines = ["### In the mapping", "",
             "One altered mapping at a time. Rules: what failed once the fixtures were taken out, as whoever writes the wrong line writes "
             f"the fixture alike. Spot check: of {DRAWS:,} simulated draws those with a wrong row.", "",
             "| kind | what | wrong rows | fixtures | format | logic | reconciliation | balances and control totals | spot check |",
             "| --- | --- | ---: | --- | --- | --- | --- | --- | ---: |"]
    for line in figures["mapping"]["lines"]:
        rules = line["rules"]
        if "columns" in rules:
            lines.append(f"| {line['kind']} | {line['what']} | not loaded | {_found(line['fixtures'])} | the columns' contract stops it "
                         "| | | | |")
            continue
        cells = [", ".join(rules.get(method, [])) or "–" for method in (*METHODS, "balances and control totals")]
        lines.append(f"| {line['kind']} | {line['what']} | {line['wrong']:,} | {_found(line['fixtures'])} | {' | '.join(cells)} | "
                     f"{_share(line['with_any'], line['draws'])} |")
    return [*lines, ""]


def _found(fixtures):
    return "found" if fixtures else "–"


def table(setup, figures):
    parts = clean_lines(setup, figures) + target_lines(figures)
    if "source" in figures:
        parts += source_lines(figures)
    if "mapping" in figures:
        parts += mapping_lines(figures)
    return "\n".join(parts)
