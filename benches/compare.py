"""Interleaves calib with its rivals on the same logs, checks that all agree, and prints ratios of CPU seconds.

Run by benches/compare.sh. A round runs every tool once, in turn, so that what else the machine does falls on all of them;
the median of the rounds counts. CPU is user + sys of the whole process, start-up and report included.
"""

import argparse
import datetime
import json
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

CALIB = "target/release/calib"
PAGE = Path("docs/performance.md")
BEGIN, END = "<!-- table -->", "<!-- end of table -->"
# Bytes of a log that pandas still holds in memory.
HELD = 400_000_000
METRICS = ["accuracy", "brier", "ece", "over_answer", "over_abstain"]


# The same query of a file that is packed.
PACKED = """
import duckdb, runpy, sys
query, packed = duckdb.sql, sys.argv.pop()
duckdb.sql = lambda sql: query(sql.replace(sys.argv[2], packed))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0])
"""


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the lean log")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    return parser.parse_args()


def run(command):
    """CPU and wall seconds, peak memory in MB, and what it printed."""
    begun, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate()
    wall, ended = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{err.decode()}")
    cpu = ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime
    return cpu, wall, out


def peak(command):
    """Peak memory of one run, in MB."""
    code = "import resource,subprocess,sys; subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,check=True); "
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    out = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, check=True)
    return int(out.stdout) / 1024


def of_calib(out):
    report = json.loads(out)
    groups = report["runs"][0]["groups"]
    figures = lambda group: [group["metrics"]["coverage"]["n"]] + [group["metrics"][name]["value"] for name in METRICS]
    return {group["by"]["task"]: figures(group) for group in groups if group["by"]}


def agree(ours, theirs, who):
    for task, figures in theirs.items():
        for mine, other in zip(ours[task], figures):
            if abs(mine - other) > 1e-9:
                sys.exit(f"{who} says {figures} of {task}, calib {ours[task]}")


def commands(path, args, rows):
    calib = [CALIB, "audit", "--no-config", "--by", "task", "-f", "json", str(path)]
    found = {"calib": calib, "calib -j1": [*calib, "-j1"], "calib, no groups": [CALIB, "audit", "--no-config", "-f", "json", str(path)]}
    if path.suffix in {".gz", ".zst"}:
        plain = str(path.with_suffix(""))
        found["duckdb"] = [sys.executable, "-c", PACKED, f"{args.bench}/peers.py", "duckdb", plain, str(path)]
        return found
    all_of_them = path.suffix == ".jsonl" and path.stat().st_size <= HELD
    for rival in ["duckdb", "polars"] + (["pandas", "stdlib"] if all_of_them else []):
        found[rival] = [sys.executable, f"{args.bench}/peers.py", rival, str(path)]
    return found


def measure(name, path, rows, args):
    tools = commands(path, args, rows)
    tools["cat"] = ["sh", "-c", f"cat {path} > /dev/null"]
    taken = {tool: [] for tool in tools}
    outputs = {}
    for _ in range(args.rounds):
        for tool, command in tools.items():
            cpu, wall, outputs[tool] = run(command)
            taken[tool].append((cpu, wall))
    ours = of_calib(outputs["calib"])
    for tool, out in outputs.items():
        if tool not in {"cat", "calib, no groups"}:
            # DuckDB shows the progress of long queries first.
            agree(ours, of_calib(out) if tool.startswith("calib") else json.loads(out[out.index(b"{"):]), tool)
    median = lambda values: statistics.median(values)
    base = median([cpu for cpu, _ in taken["calib"]])
    lines = []
    for tool, rounds in taken.items():
        cpu, wall = median([cpu for cpu, _ in rounds]), median([wall for _, wall in rounds])
        memory = peak(tools[tool])
        lines.append(f"| {name} | {tool} | {cpu:.2f} | {wall:.2f} | {memory:,.0f} | {cpu / base:.2f} |")
    return lines


def generated(path, rows):
    """A log of the generator: its kind and format are the path's."""
    with path.open("wb") as file:
        subprocess.run(["target/peers/gen", path.stem.split("-")[0], path.suffix[1:], str(rows)], stdout=file, check=True)


def shuffled(path, plain):
    """The rows of a log, each with its keys in an order of its own."""
    draw = random.Random(1)
    with plain.open() as rows, path.open("w") as out:
        for row in rows:
            members = list(json.loads(row).items())
            draw.shuffle(members)
            out.write(json.dumps(dict(members), separators=(",", ":")) + "\n")


def packed(path, plain):
    """A compressed copy."""
    import pyarrow

    codec = {".gz": "gzip", ".zst": "zstd"}[path.suffix]
    with plain.open("rb") as file, pyarrow.CompressedOutputStream(str(path), codec) as out:
        shutil.copyfileobj(file, out, 1 << 20)


def columns(path, table):
    """A table as Parquet."""
    import duckdb

    duckdb.sql(f"copy (select * from read_csv('{table}')) to '{path}' (format parquet)")


def make(args):
    """The name, path and rows of each log, which is made if it is not there."""
    logs = Path("target/peers/logs")
    logs.mkdir(parents=True, exist_ok=True)
    rows, small, few = args.rows, min(args.rows, 1_000_000), max(args.rows // 10, 1)
    lean, table = logs / f"lean-{rows}.jsonl", logs / f"lean-{rows}.csv"
    wanted = [
        ("lean jsonl", lean, rows, lambda path: generated(path, rows)),
        ("lean jsonl", logs / f"lean-{small}.jsonl", small, lambda path: generated(path, small)),
        ("lean csv", table, rows, lambda path: generated(path, rows)),
        ("lean parquet", table.with_suffix(".parquet"), rows, lambda path: columns(path, table)),
        ("lean jsonl.gz", lean.with_suffix(".jsonl.gz"), rows, lambda path: packed(path, lean)),
        ("lean jsonl.zst", lean.with_suffix(".jsonl.zst"), rows, lambda path: packed(path, lean)),
        ("lean jsonl, keys shuffled", logs / f"shuffled-{rows}.jsonl", rows, lambda path: shuffled(path, lean)),
        ("fat jsonl", logs / f"fat-{few}.jsonl", few, lambda path: generated(path, few)),
    ]
    for name, path, count, made in wanted:
        if not path.exists():
            made(path)
        yield f"{name}, {count:,} rows", path, count


def table(lines):
    head = "| log | tool | CPU s | wall s | peak MB | CPU, calib = 1 |\n|---|---|---:|---:|---:|---:|\n"
    return head + "\n".join(lines) + "\n"


def main():
    args = parse()
    lines, seen = [], set()
    for name, path, rows in make(args):
        if path not in seen:
            seen.add(path)
            measured = measure(name, path, rows, args)
            lines += measured
            print("\n".join(measured), flush=True)
    tools = ", ".join(f"{tool} {version(tool)}" for tool in ["duckdb", "polars", "pandas", "scikit-learn"])
    load = os.getloadavg()[0]
    day = datetime.date.today().isoformat()
    said = f"{day}, {os.cpu_count()} processors ({platform.machine()}), load {load:.1f}; {args.rounds} rounds in turn, medians; {tools}."
    text = f"{said}\n\n{table(lines)}"
    print(text)
    if args.write:
        page = PAGE.read_text()
        before, rest = page.split(BEGIN)
        after = rest.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{text}{END}{after}")


if __name__ == "__main__":
    main()
