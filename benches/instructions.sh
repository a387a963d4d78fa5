#!/usr/bin/env bash
# Instructions that the hot paths take, against the budget in benches/instructions.txt: fails when one takes over 5 % more.
#
#   benches/instructions.sh [--write]
#
# Instructions repeat where seconds do not. Wants valgrind, and says so and passes without it; a budget holds for the
# compiler that it was measured with, and is not compared with that of another. With --write the budget is measured anew.
set -euo pipefail
cd "$(dirname "$0")/.."

budget=benches/instructions.txt
calib=target/release/calib
rows=50000

if ! command -v valgrind > /dev/null; then
  echo "skipped: valgrind, which counts instructions, is not installed"
  exit 0
fi
compiler=$(rustc --version)
if [[ ${1-} != --write && $(head -n 1 "$budget") != "$compiler" ]]; then
  echo "skipped: the budget is that of $(head -n 1 "$budget"), and this is $compiler"
  exit 0
fi
cargo build --locked --release

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
# Rows written alike; the same with their keys turned round from row to row; and as a table.
# Of few distinct confidences, so that reading costs more than the report; and of many, for what resamples them.
make() {
  awk -v rows=$rows -v levels="$1" 'BEGIN {
  seed = 1
  for (at = 0; at < rows; at++) {
    seed = (seed * 16807) % 2147483647; confidence = (seed % levels) / (levels - 1)
    seed = (seed * 16807) % 2147483647; correct = (seed % 10000) / 10000 < confidence ? "true" : "false"
    seed = (seed * 16807) % 2147483647; abstained = seed % 8 == 0 ? "true" : "false"; label = seed % 5 == 0 ? "true" : "false"
    printf "%06d t%d %.4f %s %s %s\n", at, at % 12, confidence, correct, abstained, label
  }
}'
}
lines() {
  awk '{ printf "{\"id\":\"q/%s\",\"task\":\"%s\",\"confidence\":%s,\"correct\":%s,\"abstained\":%s,\"should_abstain\":%s}\n", $1, $2, $3, $4, $5, $6 }'
}
make 101 > "$logs/rows.txt"
make 10001 | lines > "$logs/dense.jsonl"
lines < "$logs/rows.txt" > "$logs/alike.jsonl"
awk '{ split("", part); part[0] = "\"id\":\"q/" $1 "\""; part[1] = "\"task\":\"" $2 "\""; part[2] = "\"confidence\":" $3
  part[3] = "\"correct\":" $4; part[4] = "\"abstained\":" $5; part[5] = "\"should_abstain\":" $6
  # 30 orders: more than are learned.
  step = NR % 2 ? 1 : 5; line = ""
  for (i = 0; i < 6; i++) line = line (i ? "," : "") part[(NR + i * step) % 6] (i == NR % 5 ? " " : "")
  print "{" line "}" }' "$logs/rows.txt" > "$logs/shuffled.jsonl"
gzip -c "$logs/alike.jsonl" > "$logs/alike.jsonl.gz"
# benches/rows.parquet holds 2,000 such rows as DuckDB writes them: `copy (from 'rows.csv') to 'rows.parquet'`.
mkdir "$logs/shards"
for shard in $(seq $((rows / 2000))); do cp benches/rows.parquet "$logs/shards/$shard.parquet"; done
{ echo "id,task,confidence,correct,abstained,should_abstain"; awk '{ print "q/" $1 "," $2 "," $3 "," $4 "," $5 "," $6 }' "$logs/rows.txt"; } > "$logs/rows.csv"

count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$calib" "${@:2}" 2>&1 > /dev/null |
    awk -v name="$1" '/Collected|refs/ { gsub(",", "", $NF); print name, $NF }' | tail -n 1
}
measure() {
  local audit=(audit --no-config -j1 --resamples 19 -f json)
  count audit-json-lines "${audit[@]}" "$logs/alike.jsonl"
  count audit-shuffled-keys "${audit[@]}" "$logs/shuffled.jsonl"
  count audit-csv "${audit[@]}" "$logs/rows.csv"
  count audit-gzip "${audit[@]}" "$logs/alike.jsonl.gz"
  count audit-parquet "${audit[@]}" "$logs/shards"
  count audit-by-task "${audit[@]}" --by task "$logs/alike.jsonl"
  count audit-null-draws audit --no-config -j1 --resamples 199 -f json "$logs/dense.jsonl"
}

if [[ ${1-} == --write ]]; then
  { echo "$compiler"; measure; } > "$logs/budget.txt"
  mv "$logs/budget.txt" "$budget"
  cat "$budget"
  exit 0
fi
measure > "$logs/taken.txt"
awk 'NR == FNR { if (FNR > 1) budget[$1] = $2; next }
  { part = 100 * ($2 / budget[$1] - 1); printf "%-20s %14.0f instructions, %+.1f %% of the budget\n", $1, $2, part
    if (!budget[$1] || part > 5) over = 1 }
  END { exit over }' "$budget" "$logs/taken.txt" || { echo "a hot path takes over 5 % more than its budget"; exit 1; }
