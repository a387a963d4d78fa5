#!/usr/bin/env bash
# Where `calib audit` spends the time of its threads on a log, in shares of the samples of a profile.
#
#   benches/profile.sh LOG [FLAG...]
#
# Wants perf, and says so and passes without it. The program is built with symbols, in a folder of its own under target/.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v perf > /dev/null; then
  echo "skipped: perf, which takes the profile, is not installed"
  exit 0
fi
symbols=(--config 'profile.release.strip="none"' --config profile.release.debug=1)
cargo build --locked --release --target-dir target/profile "${symbols[@]}"

samples=$(mktemp)
trap 'rm -f "$samples"' EXIT
perf record --quiet -F 499 --call-graph dwarf,16384 -o "$samples" target/profile/release/calib audit --no-config "$@" > /dev/null
# A sample belongs to the first of these parts of which a function is on its stack.
perf script -i "$samples" 2> /dev/null | awk '
  function part(name, functions) { names[++parts] = name; wanted[parts] = functions }
  BEGIN {
    part("counting", "gathering::Batch::add|ingest::count_all")
    part("columns of Parquet, decoded", "parquet::column::reader|input::parquet::(column|flat|hybrid|levelled|stored)")
    part("rows: their values, and what they mean", "reader::Reader::read")
    part("bytes: read, unpacked, cut into blocks", "input::blocks::Blocks")
    part("null draws", "inference::null")
    part("sections on objectives", "calib::objectives")
    part("metrics and all else of the report", "calib::(metrics|inference|maths|recalibrate|comparison|report|render|commands)")
    part("everything else", ".")
  }
  NF { stack = stack "\n" $0; next }
  stack { for (i = 1; stack !~ wanted[i]; i++); seen[i]++; all++; stack = "" }
  END { for (i = 1; i <= parts; i++) printf "%5.1f %%  %s\n", 100 * seen[i] / all, names[i] }'
