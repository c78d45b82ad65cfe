#!/bin/sh
# Makes the namespace with its retention and the search attributes of the shop, and ends only when they can be used: a worker
# that upserts an attribute the server does not know yet would fail its workflow tasks.
set -eu

: "${TEMPORAL_ADDRESS:?is missing}" "${TEMPORAL_NAMESPACE:?is missing}"
RETENTION=${TEMPORAL_RETENTION:-30d}
ATTRIBUTES='PaymentStatus=Keyword TelegramUserId=Keyword NeedsAttention=Bool'
export TEMPORAL_ADDRESS

# Its namespace commands don't read TEMPORAL_NAMESPACE: without the flag they would change the namespace "default".
temporal_cli() {
  temporal "$@" --namespace "$TEMPORAL_NAMESPACE"
}

# attempt TRIES WHAT COMMAND...: repeats a command every 2 s until it succeeds; the last output is shown when it never does.
attempt() {
  tries=$1 what=$2
  shift 2
  n=1
  while ! output=$("$@" 2>&1); do
    if [ "$n" -ge "$tries" ]; then
      echo "setup-namespace.sh: $what failed: $output" >&2
      exit 1
    fi
    n=$((n + 1))
    sleep 2
  done
  echo "setup-namespace.sh: $what"
}

attempt 60 'Temporal is serving' temporal_cli operator cluster health

if temporal_cli operator namespace describe >/dev/null 2>&1; then
  attempt 15 "namespace $TEMPORAL_NAMESPACE keeps histories for $RETENTION" temporal_cli operator namespace update --retention "$RETENTION"
else
  attempt 15 "namespace $TEMPORAL_NAMESPACE is created, histories are kept for $RETENTION" temporal_cli operator namespace create --retention "$RETENTION"
fi

# A namespace made a second ago is not in the server's cache yet.
attempt 30 'search attributes can be read' temporal_cli operator search-attribute list
known=$(temporal_cli operator search-attribute list)
for attribute in $ATTRIBUTES; do
  name=${attribute%=*} type=${attribute#*=}
  if echo "$known" | grep -q -E "(^|[[:space:]])$name([[:space:]]|\$)"; then
    echo "setup-namespace.sh: search attribute $name is there"
  else
    attempt 15 "search attribute $name ($type) is added" temporal_cli operator search-attribute create --name "$name" --type "$type"
  fi
done

attempt 60 'the search attributes can be used' temporal_cli workflow list --limit 1 \
  --query "PaymentStatus = 'issued' AND TelegramUserId = '0' AND NeedsAttention = true"
