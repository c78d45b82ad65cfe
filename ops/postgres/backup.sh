#!/bin/sh
# Run on the host, from the folder of docker-compose.yml: ops/postgres/backup.sh FOLDER [DAYS]
# Copies the whole database server at one moment, Temporal's databases included: payments and their workflows must not be
# restored from different times. Deletes its own copies that are older than DAYS (14). Restoring: docs/going-live.md, "Backups".
set -eu

folder=${1:?usage: ops/postgres/backup.sh FOLDER [DAYS]}
days=${2:-14}
# The copy holds the panels' keys and everybody's subscriptions.
umask 077
mkdir -p "$folder"
name=gigabridge-$(date -u +%Y%m%dT%H%M%SZ).tar.gz

# pg_basebackup ends with an error when anything is missing; only a whole copy gets its name. Without -o pipefail a failure
# inside a pipe would be overlooked, so the compressing is done by pg_basebackup itself.
docker compose exec -T postgres pg_basebackup --username postgres --pgdata - --format tar --wal-method fetch --checkpoint fast --gzip > "$folder/$name.part"
gzip --test "$folder/$name.part"
mv "$folder/$name.part" "$folder/$name"
find "$folder" -maxdepth 1 -name 'gigabridge-*.tar.gz*' -mtime +"$days" -exec rm {} +
echo "backup.sh: $folder/$name, $(du -h "$folder/$name" | cut -f1)"
