#!/bin/sh
# Brings Temporal's two databases to the schema of this image's Temporal version. Runs before every start of the server: it is
# also how an update of Temporal migrates. The databases themselves are made by ops/postgres/init.sh.
set -eu

: "${SQL_HOST:?is missing}" "${SQL_USER:?is missing}" "${SQL_PASSWORD:?is missing}"
export SQL_PLUGIN=postgres12 # The name of the plugin for PostgreSQL 12 and everything newer.
SCHEMA=${SCHEMA_DIR:-/etc/temporal/schema/postgresql/v12}
TOOL=${SQL_TOOL:-temporal-sql-tool}

for part in temporal visibility; do
  case $part in
    temporal) database=temporal ;;
    visibility) database=temporal_visibility ;;
  esac
  echo "setup-schema.sh: $database"
  # Makes the version tables where there are none; leaves a newer version as it is.
  "$TOOL" --db "$database" setup-schema -v 0.0
  "$TOOL" --db "$database" update-schema -d "$SCHEMA/$part/versioned"
done

echo 'setup-schema.sh: done'
