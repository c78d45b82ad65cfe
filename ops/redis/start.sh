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
# Nothing here is the only copy of anything, and everything has an end of life. When memory is full, what was used last stays
# (locks, counters, dialogs in progress) and what nobody has looked at goes first. Refusing to write instead would stop the shop
# from taking money, because without its limits it takes none. Why not another policy: src/storage/redis/README.md.
maxmemory ${REDIS_MAXMEMORY:-192mb}
maxmemory-policy volatile-lru
maxmemory-samples 10
# Dialogs survive a restart, at most a second of them is lost in a power cut. Snapshots would only double the writing.
appendonly yes
appendfsync everysec
save ""
CONF
