"""Writes samples with lm-evaluation-harness and its dummy model, and what the harness says of them.

Usage: write_lm_eval.py FOLDER. The tasks are made up here and local, so that nothing is fetched. FOLDER/expected.json
holds, by file, the figures that the harness printed.
"""

import json
import random
import sys
from pathlib import Path

FOLDER = Path(sys.argv[1])
ROWS = 60

MULTIPLE_CHOICE = {
    "output_type": "multiple_choice",
    "doc_to_text": "{{question}}",
    "doc_to_choice": "{{choices}}",
    "doc_to_target": "{{gold}}",
}
GENERATE = {
    "output_type": "generate_until",
    "doc_to_text": "{{question}}",
    "doc_to_target": "{{answer}}",
    "generation_kwargs": {"until": ["\n"]},
    "metric_list": [{"metric": "exact_match"}],
}
METRICS = ["acc", "acc_norm", "brier_score"]


def pattern(name, regex):
    """A filter that takes what the regex finds first."""
    steps = [{"function": "regex", "regex_pattern": regex}, {"function": "take_first"}]
    return {"name": name, "filter": steps}


TASKS = {
    "choices": {**MULTIPLE_CHOICE, "metric_list": [{"metric": name} for name in METRICS]},
    # The dummy model scores the unconditional options too.
    "mutual": {**MULTIPLE_CHOICE, "metric_list": [{"metric": "acc"}, {"metric": "acc_mutual_info"}]},
    # Several options are right.
    "gold_lists": {**MULTIPLE_CHOICE, "doc_to_target": "{{golds}}", "metric_list": [{"metric": "acc"}]},
    "generated": GENERATE,
    "filters": {**GENERATE, "filter_list": [pattern("strict", "(lol)"), pattern("flexible", "(l)")]},
}


def rows():
    draw = random.Random(1)
    for number in range(ROWS):
        options = [f"option {letter}" + "!" * draw.randrange(9) for letter in "abcd"]
        gold = draw.randrange(4)
        yield {
            "question": f"question {number}",
            "choices": options,
            "gold": gold,
            "golds": sorted({gold, draw.randrange(4)}),
            "answer": draw.choice(["lol", "l", "something else"]),
        }


def main():
    # What the harness imports is looked for here, not at a hub.
    from lm_eval import simple_evaluate
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager

    data = FOLDER / "rows.json"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    names = []
    for name, task in TASKS.items():
        task = {**task, "task": name, "dataset_path": "json", "test_split": "test"}
        task["dataset_kwargs"] = {"data_files": {"test": str(data)}}
        (FOLDER / f"{name}.yaml").write_text(json.dumps(task))
        names.append(name)
    manager = TaskManager(include_path=str(FOLDER), include_defaults=False)
    results = simple_evaluate(model="dummy", tasks=names, task_manager=manager, log_samples=True, random_seed=7)
    tracker = EvaluationTracker(output_path=str(FOLDER))
    samples = results.pop("samples")
    tracker.save_results_aggregated(results=results, samples=samples)
    for name in names:
        tracker.save_results_samples(task_name=name, samples=samples[name])
    expected = {}
    for name in names:
        (path,) = FOLDER.rglob(f"samples_{name}_*.jsonl")
        path.rename(FOLDER / f"{name}.jsonl")
        printed = results["results"][name].items()
        metrics = {metric: value for metric, value in printed if isinstance(value, float)}
        expected[f"{name}.jsonl"] = {"samples": ROWS, "scores": [{"metrics": metrics}]}
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1))


if __name__ == "__main__":
    main()
