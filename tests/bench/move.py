"""Moves the same rows with each tool; see README.md."""
from compare import compare, lines_of
from harness import filled_site, finish, say
from processes import busy_seconds
from report import faults, summary, table
from sources import SOURCES


def run_once(source, mover, number):
    mover.prepare()
    source.site.postgres.execute("postgres", "CHECKPOINT")
    servers = [server.cpu_seconds for server in source.servers()]
    busy, served = busy_seconds(), sum(each() for each in servers)
    used = mover.move()
    busy, served = busy_seconds() - busy, sum(each() for each in servers) - served
    count = mover.count()
    say(f"  run {number}: {mover.name}: {used.wall:.2f} s, peak {used.peak_kib / 1024:.1f} MiB, {count} rows")
    return {"seconds": used.wall, "client_cpu": used.cpu, "server_cpu": served,
            "other_cpu": max(0.0, busy - served - used.cpu), "peak_kib": used.peak_kib, "count": count}


def compared(source, mover):
    """What is wrong in the target, judged by the two databases alone."""
    target = mover.target()
    columns = list(target.columns)
    with source.lines(columns) as wanted, lines_of(source.site.postgres.psql(target.database, target.query())) as found:
        return compare(columns, wanted, found).figures()


def measure(source, movers, runs):
    """Interleaved, so that a busy minute of the machine meets all tools alike."""
    results = {mover.name: [] for mover in movers}
    for number in range(1, runs + 1):
        for mover in movers:
            results[mover.name].append(run_once(source, mover, number))
            if number == runs:
                results[mover.name][-1]["cells"] = compared(source, mover)
    return results


def versions(source, movers):
    postgres = source.site.postgres.execute("postgres", "SELECT 'PostgreSQL ' || current_setting('server_version')")
    return list(dict.fromkeys([postgres, *source.versions(), *(mover.version() for mover in movers)]))


def move_from(source, arguments):
    say(f"from {source.name}")
    source.fill()
    movers = [mover for mover in source.movers() if (arguments.only or "") in mover.name]
    results = measure(source, movers, arguments.runs)
    if arguments.only:
        return None
    figures, tools = summary(arguments.rows, results), versions(source, movers)
    print(table(source.name, arguments.rows, figures, tools, arguments.runs), flush=True)
    return {"source": source.name, "versions": tools, "tools": figures, "faults": faults(source.name, figures)}


def run(arguments, folder):
    with filled_site(arguments, folder) as site:
        moves = [move_from(SOURCES[name](site), arguments) for name in arguments.sources or SOURCES]
    moves = [each for each in moves if each is not None]
    return finish(arguments, {"moves": moves}, [fault for each in moves for fault in each["faults"]])
