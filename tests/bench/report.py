"""The figures: medians, ratios, the tables."""
import os
import platform
import statistics

BOUND_MIB = 64


def median(runs, name):
    return statistics.median(run[name] for run in runs)


def is_own(figure):
    return figure["tool"].startswith("hrbridge")


def summary(rows, results):
    """`results` maps a mover's name to its runs, the last with what the comparison found; hrbridge's come first."""
    figures = []
    for name, runs in results.items():
        seconds = median(runs, "seconds")
        figures.append({
            "tool": name,
            "runs": runs,
            "seconds": seconds,
            "rows_per_second": rows / seconds,
            "client_cpu_seconds": median(runs, "client_cpu"),
            "server_cpu_seconds": median(runs, "server_cpu"),
            "other_cpu_seconds": median(runs, "other_cpu"),
            "seconds_over_cpu": statistics.median(over_cpu(run) for run in runs),
            "peak_mib": max(run["peak_kib"] for run in runs) / 1024,
            "same_count": all(run["count"] == rows for run in runs),
            "cells": runs[-1]["cells"],
        })
    for each in figures:
        each["ratios"] = {rival["tool"]: each["rows_per_second"] / rival["rows_per_second"]
                          for rival in figures if not is_own(rival)}
    return figures


def over_cpu(run):
    """The time over what all cores needed at the least for all that ran: 1 when none ever waited."""
    used = run["client_cpu"] + run["server_cpu"] + run["other_cpu"]
    return run["seconds"] / (used / os.cpu_count()) if used > 0 else 0.0


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return f"{os.cpu_count()} x {models[0] if models else platform.machine()}"


def _verdict(figure):
    cells = figure["cells"]
    found = [f"{cells[name]:,} {word}" for name, word in (("missing_rows", "missing rows"), ("extra_rows", "extra rows"))
             if cells[name]]
    count = [] if figure["same_count"] else ["OTHER count"]
    return ", ".join([*count, *found, f"{cells['wrong_cells']:,}"])


def table(source, rows, figures, versions, runs):
    rivals = list(figures[0]["ratios"])
    lines = [
        f"## {source} to PostgreSQL",
        "",
        f"{rows:,} MES production rows on loopback, {machine()}; median of {runs} runs, interleaved.",
        "Ratios are rows/s over the rival's: above 1 is faster. CPU in seconds: client, servers, all others on the machine.",
        "",
        "| tool | seconds | rows/s |" + "".join(f" ratio to {rival} |" for rival in rivals) +
        " CPU client / servers / others | seconds over CPU | peak MiB | wrong cells |",
        "| --- | ---: | ---: |" + " ---: |" * len(rivals) + " ---: | ---: | ---: | --- |",
    ]
    for each in figures:
        bound = f" of {BOUND_MIB}" if is_own(each) else ""
        cpu = f"{each['client_cpu_seconds']:.1f} / {each['server_cpu_seconds']:.1f} / {each['other_cpu_seconds']:.1f}"
        ratios = "".join(f" {each['ratios'][rival]:.2f} |" for rival in rivals)
        lines.append(f"| {each['tool']} | {each['seconds']:.2f} | {each['rows_per_second']:,.0f} |{ratios} {cpu} "
                     f"| {each['seconds_over_cpu']:.2f} | {each['peak_mib']:.1f}{bound} | {_verdict(each)} |")
    return "\n".join([*lines, "", "; ".join(versions), ""])


def faults(source, figures):
    found = []
    for each in figures:
        tool = f"{source}: {each['tool']}"
        if not each["same_count"]:
            found.append(f"{tool}: the target does not have as many rows as the source")
        cells = each["cells"]
        if cells["wrong_cells"] or cells["missing_rows"] or cells["extra_rows"]:
            found.append(f"{tool}: the target's cells are not the source's: {cells}")
        if is_own(each) and each["peak_mib"] > BOUND_MIB:
            found.append(f"{tool}: peak memory {each['peak_mib']:.1f} MiB is over {BOUND_MIB} MiB")
    return found
