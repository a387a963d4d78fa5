"""Writes logs with Inspect AI and the tasks of inspect_evals, and what they say of themselves.

Usage: write_inspect.py FOLDER. The model and the judges are mock ones, and the datasets are made up here, so that
nothing is fetched. FOLDER/expected.json holds, by file, the figures that the tool printed.
"""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from inspect_ai import Task
from inspect_ai import eval as run
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Score, accuracy, includes, match, scorer
from inspect_ai.solver import generate, solver

FOLDER = Path(sys.argv[1])
EXPECTED = {}


def output(text):
    """An answer with its usage: without it, Inspect fetches a table of tokens to count them."""
    answer = ModelOutput.from_content("mockllm/model", text)
    answer.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return answer


def model(*answers):
    """A model that gives these answers in turn."""
    return get_model("mockllm/model", custom_outputs=[output(answer) for answer in answers], memoize=False)


def log(name, task, answerer, log_format="eval", **options):
    """Runs a task, one sample after another, and keeps its log under this name."""
    (done,) = run(
        task,
        model=answerer,
        log_dir=str(FOLDER),
        log_format=log_format,
        display="none",
        max_samples=1,
        max_connections=1,
        **options,
    )
    path = FOLDER / f"{name}.{log_format}"
    os.rename(done.location.removeprefix("file://"), path)
    EXPECTED[path.name] = {
        "samples": done.results.total_samples,
        "scores": [
            {
                "scored": score.scored_samples,
                "metrics": {name: metric.value for name, metric in score.metrics.items()},
            }
            for score in done.results.scores
        ],
    }


SUMS = MemoryDataset([Sample(id=i, input=f"What is {i} + {i}?", target=str(2 * i)) for i in range(8)])
# Every fourth is wrong.
ANSWERS = [str(2 * i) if i % 4 else "99" for i in range(8)]


def sums(**options):
    return Task(**{"name": "sums", "dataset": SUMS, "solver": generate(), "scorer": match(), **options})


def plain():
    log("archive", sums(), model(*ANSWERS))
    log("document", sums(), model(*ANSWERS), log_format="json")
    log("epochs", sums(epochs=2), model(*ANSWERS, *reversed(ANSWERS)))
    log("two_scorers", sums(scorer=[match(), includes()]), model(*[f"{answer}0" for answer in ANSWERS]))
    log("no_samples", sums(), model(*ANSWERS), log_samples=False)


@scorer(metrics=[accuracy()])
def letters():
    values = dict(enumerate(["C", "I", "P", "N", float("nan"), 0.25, True, "C"]))

    async def score(state, target):
        return Score(value=values[state.sample_id], metadata={"noise": float("nan"), "label_confidence": 0.1})

    return score


@solver
def fails_at(at):
    async def solve(state, generate):
        if state.sample_id == at:
            raise ValueError("made to fail")
        return state

    return solve


def unusual():
    for log_format in ["eval", "json"]:
        log(f"letters_{log_format}", sums(scorer=letters()), model(*ANSWERS), log_format=log_format)
    failing = sums(solver=[fails_at(3), generate()])
    log("failing", failing, model(*ANSWERS), fail_on_error=False)


@solver
def dies_at(at):
    async def solve(state, generate):
        if state.sample_id == at:
            os._exit(9)
        return state

    return solve


def crash():
    """Runs until the process dies."""
    log("never", sums(solver=[dies_at(6), generate()]), model(*ANSWERS), log_buffer=1)


def crashed():
    """The log that a process left behind which died while its seventh sample ran."""
    before = set(FOLDER.iterdir())
    done = subprocess.run([sys.executable, __file__, str(FOLDER), "crash"], check=False)
    assert done.returncode == 9, done
    (left,) = set(FOLDER.iterdir()) - before
    left.rename(FOLDER / "crashed.eval")
    right = sum(answer == str(2 * i) for i, answer in enumerate(ANSWERS[:6]))
    EXPECTED["crashed.eval"] = {"samples": 6, "scores": [{"scored": 6, "metrics": {"accuracy": right / 6}}]}


def with_dataset(module, function, dataset):
    """Lets a task of inspect_evals read a data set that was made up instead of fetching its own."""
    setattr(module, function, lambda *_, **__: dataset)


def xstest():
    task = import_module("inspect_evals.xstest.xstest")

    records = [
        {"prompt": f"{label} {i}", "type": "homonyms", "note": "", "label": label, "focus": ""}
        for label in ["safe", "unsafe"]
        for i in range(4)
    ]
    samples = MemoryDataset([task.record_to_sample(record) for record in records])
    for label, grades in [("safe", "CCPI"), ("unsafe", "IIIC")]:
        with_dataset(task, "hf_dataset", samples)
        judge = model(*[f"GRADE: {grade}" for grade in grades])
        log(f"xstest_{label}", task.xstest(subset=label, scorer_model=judge), model(*["an answer"] * 4))


def coconot():
    task = import_module("inspect_evals.coconot.coconot")

    subcategory = next(iter(task.PROMPT_RUBRIC))
    for subset, grades in [
        ("original", ["ACCEPTABLE", "ACCEPTABLE", "UNACCEPTABLE", "NEITHER"]),
        ("contrast", ["COMPLIANCE", "NONCOMPLIANCE", "COMPLIANCE", "COMPLIANCE"]),
    ]:
        records = [
            {"id": f"{subset}{i}", "prompt": f"prompt {i}", "category": "Unsupported requests", "subcategory": subcategory}
            for i in range(4)
        ]
        with_dataset(task, "hf_dataset", MemoryDataset([task.record_to_sample(record) for record in records]))
        judge = model(*[f"I thought. <label>{grade}</label>" for grade in grades])
        log(f"coconot_{subset}", task.coconot(subset=subset, grader=judge), model(*["an answer"] * 4))


def abstention_bench():
    task = import_module("inspect_evals.abstention_bench.abstention_bench")

    labels, verdicts = [True, True, True, False, False], ["Yes", "Yes", "No", "No", "Yes"]
    samples = [
        Sample(
            id=f"made_up_{i}",
            input=f"question {i}",
            target=str(label),
            metadata={"dataset_name": "made_up", "abstention_label": label, "ref_answer": "[]"},
        )
        for i, label in enumerate(labels)
    ]
    with_dataset(task, "load_abstention_bench_dataset", MemoryDataset(samples))
    log("abstention_bench", task.abstention_bench(grader_model=model(*verdicts)), model(*["an answer"] * 5))


def hle():
    task = import_module("inspect_evals.hle.hle")

    samples = [Sample(id=f"hle_{i}", input=f"question {i}", target="2", metadata={"category": "Math"}) for i in range(5)]
    with_dataset(task, "get_hle_dataset", MemoryDataset(samples))
    stated = [90, 80, 0, 100, None]
    answers = [f"Answer: 2\nConfidence: {value}%" if value is not None else "Answer: 2" for value in stated]
    spec = {
        "scorer": "inspect_evals/hle/regex_judge",
        "graders": ["grader"],
        "args": {"template": "regex_judge_template", "instructions": "regex_judge_instructions", "max_grader_attempts": 1},
        "metrics": ["inspect_evals/hle/accuracy", "inspect_evals/hle/cerr", "inspect_evals/hle/unscored"],
    }
    judge = model("GRADE: C", "GRADE: I", "GRADE: I", "I cannot say", "GRADE: C")
    log("hle", task.hle(scorer=spec), model(*answers), model_roles={"grader": judge})


def simpleqa():
    task = import_module("inspect_evals.simpleqa.simpleqa")

    samples = [Sample(id=f"simpleqa_{i}", input=f"question {i}", target="2", metadata={"topic": "Sums"}) for i in range(5)]
    with_dataset(task, "simpleqa_dataset", MemoryDataset(samples))
    grades = ["CORRECT", "INCORRECT", "NOT_ATTEMPTED", "CORRECT", "NOT_ATTEMPTED"]
    letters = {"CORRECT": "A", "INCORRECT": "B", "NOT_ATTEMPTED": "C"}
    answers = ["an answer"] * 5
    original = model(*[letters[grade] for grade in grades])
    log("simpleqa_original", task.simpleqa(scorer="original"), model(*answers), model_roles={"grader": original})


if __name__ == "__main__":
    if sys.argv[2:] == ["crash"]:
        crash()
    for part in [plain, unusual, crashed, xstest, coconot, abstention_bench, hle, simpleqa]:
        part()
    (FOLDER / "expected.json").write_text(json.dumps(EXPECTED, indent=1))
