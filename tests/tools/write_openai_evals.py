"""Writes an event log with OpenAI evals and its dummy completion function, and what the tool says of it.

Usage: write_openai_evals.py FOLDER. Nothing is fetched. FOLDER/expected.json holds the figures that the tool printed.
"""

import json
import sys
from pathlib import Path

from evals.cli import oaieval

FOLDER = Path(sys.argv[1])
# What the dummy says to everything.
SAID = "This is a dummy response."
ROWS = 9


def main():
    samples = FOLDER / "samples.json"
    rows = [
        {"input": [{"role": "user", "content": f"{i} + {i}?"}], "ideal": SAID if i % 3 else str(2 * i)}
        for i in range(ROWS)
    ]
    samples.write_text("".join(json.dumps(row) + "\n" for row in rows))
    registry = FOLDER / "evals"
    registry.mkdir()
    arguments = {"class": "evals.elsuite.basic.match:Match", "args": {"samples_jsonl": str(samples)}}
    specification = {"sums": {"id": "sums.dev.v0", "metrics": ["accuracy"]}, "sums.dev.v0": arguments}
    (registry / "sums.yaml").write_text(json.dumps(specification))
    log = FOLDER / "matches.jsonl"
    sys.argv = ["oaieval", "dummy", "sums", "--registry_path", str(FOLDER), "--record_path", str(log)]
    oaieval.main()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (report,) = [line["final_report"] for line in lines if "final_report" in line]
    expected = {"samples": ROWS, "scores": [{"metrics": {"accuracy": report["accuracy"]}}]}
    (FOLDER / "expected.json").write_text(json.dumps({log.name: expected}))


if __name__ == "__main__":
    main()
