#!/bin/sh
# Names in .env that nothing reads, by their line: a slip such as BUYER_REFUND_WITIN is otherwise as good as not there, since
# docker-compose.yml hands on the names it knows. Everything that is read stands in .env.example.
# Usage: ops/check-env.sh [.env [.env.example]]. Exit codes: 0 all known, 1 some are not.
set -eu
cd "$(dirname "$0")/.."
awk -F= '
  { name = $1; sub(/^\357\273\277/, "", name); sub(/^#/, "", name); gsub(/^[ \t]*(export[ \t]+)?|[ \t]+$/, "", name) }
  FNR == NR { if (name ~ /^[A-Z_]+$/ && NF > 1) known[name] = 1; next }
  /^[ \t]*(#|$)/ { next }
  NF < 2 { printf "line %d: it must be NAME=value, or begin with #\n", FNR; bad = 1; next }
  !(name in known) { printf "line %d: nothing reads %s\n", FNR, name; bad = 1 }
  END { exit bad }
' "${2:-.env.example}" "${1:-.env}"
