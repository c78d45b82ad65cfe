#!/bin/sh
# Starts Redis with the settings the shop relies on. The password goes in through stdin: on the command line it would be seen
# in every process list.
set -eu

: "${REDIS_PASSWORD:?is missing}"
case $REDIS_PASSWORD in
  *[!A-Za-z0-9_-]*)
    echo 'start.sh: REDIS_PASSWORD may hold only A-Z a-z 0-9 _ -; make one with: openssl rand -hex 24' >&2
    exit 1
    ;;
esac

exec redis-server - <<CONF
requirepass ${REDIS_PASSWORD}
port ${REDIS_PORT:-6379}
dir ${REDIS_DIR:-/data}
# A dialog must not vanish because something else was cached: when memory is full, writes fail and the shop falls back to
# PostgreSQL. Everything it stores has an end of life, so the limit is a guard and not a size that is reached.
maxmemory ${REDIS_MAXMEMORY:-192mb}
maxmemory-policy noeviction
# Dialogs survive a restart, at most a second of them is lost in a power cut. Snapshots would only double the writing.
appendonly yes
appendfsync everysec
save ""
CONF
