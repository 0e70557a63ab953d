"""The figures: medians, ratios, the table."""
import os
import platform
import statistics

BOUND_MIB = 64


def median(runs, name):
    return statistics.median(run[name] for run in runs)


def summary(rows, results):
    """`results` maps a mover's name to its runs; the last two are the rivals."""
    figures = []
    reference = next(iter(reversed(results.values())))[-1]["fingerprint"]
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
            "peak_mib": max(run["peak_kib"] for run in runs) / 1024,
            "same_count": all(run["count"] == rows for run in runs),
            "same_cells": runs[-1]["fingerprint"] == reference,
        })
    for each in figures:
        for key, rival in (("ratio_to_client_pipe", figures[-2]), ("ratio_to_pgloader", figures[-1])):
            each[key] = each["rows_per_second"] / rival["rows_per_second"]
    return figures


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return f"{os.cpu_count()} x {models[0] if models else platform.machine()}"


def _verdict(figure):
    return f"{'same' if figure['same_count'] else 'OTHER'} count, {'same' if figure['same_cells'] else 'OTHER'} cells"


def table(rows, figures, versions, runs):
    lines = [
        f"{rows:,} MES production rows, MariaDB to PostgreSQL on loopback, {machine()}; median of {runs} runs, interleaved.",
        "Ratios are rows/s over the rival's: above 1 is faster. CPU in seconds: client, servers, all others on the machine.",
        "",
        "| tool | seconds | rows/s | ratio to mariadb \\| psql | ratio to pgloader | CPU client / servers / others | peak MiB | target |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for each in figures:
        bound = f" of {BOUND_MIB}" if each["tool"].startswith("hrbridge") else ""
        cpu = f"{each['client_cpu_seconds']:.1f} / {each['server_cpu_seconds']:.1f} / {each['other_cpu_seconds']:.1f}"
        lines.append(
            f"| {each['tool']} | {each['seconds']:.2f} | {each['rows_per_second']:,.0f} | {each['ratio_to_client_pipe']:.2f} "
            f"| {each['ratio_to_pgloader']:.2f} | {cpu} | {each['peak_mib']:.1f}{bound} | {_verdict(each)} |"
        )
    return "\n".join([*lines, "", "; ".join(versions)])


def faults(figures):
    found = []
    for each in figures:
        if not each["same_count"]:
            found.append(f"{each['tool']}: the target does not have as many rows as the source")
        if not each["same_cells"]:
            found.append(f"{each['tool']}: the target's cells are not those of the others")
        if each["tool"].startswith("hrbridge") and each["peak_mib"] > BOUND_MIB:
            found.append(f"{each['tool']}: peak memory {each['peak_mib']:.1f} MiB is over {BOUND_MIB} MiB")
    return found
