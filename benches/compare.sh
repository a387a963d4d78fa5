#!/usr/bin/env bash
# The same job in calib and in what a user would pick instead, round by round in turn, and the table of the ratios.
#
#   benches/compare.sh [--rows N] [--rounds N] [--write]
#
# The job: per task the number of rows, accuracy, Brier score, ECE of 15 bins, over-answer and over-abstain rates. Wants
# Python 3 with duckdb, polars, pandas, pyarrow and scikit-learn, which it installs into a folder of its own under target/,
# and the log generator and the rivals' script in ../shared/bench. With --write the table goes to docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."

bench=../shared/bench
if [[ ! -f $bench/gen.rs || ! -f $bench/peers.py ]]; then
  echo "skipped: there is no log generator and no script of the rivals in $bench"
  exit 0
fi
cargo build --locked --release
python=target/peers/bin/python
if [[ ! -x $python ]]; then
  python3 -m venv target/peers
  $python -m pip -q install duckdb polars pandas pyarrow scikit-learn
fi
rustc -O -o target/peers/gen "$bench/gen.rs"
exec "$python" benches/compare.py --bench "$bench" "$@"
