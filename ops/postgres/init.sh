#!/bin/sh
# Run once by the postgres image, when its data folder is empty: a user and the databases for each part, none a superuser.
# Changing a password later: docs/going-live.md, "Changing passwords".
set -eu

: "${APP_DB_PASSWORD:?is missing}"
: "${BOT_DB_PASSWORD:?is missing}"
: "${TEMPORAL_DB_PASSWORD:?is missing}"

# They also stand in connection URLs, where other characters would have to be escaped.
case ${APP_DB_PASSWORD}${BOT_DB_PASSWORD}${TEMPORAL_DB_PASSWORD} in
  *[!A-Za-z0-9_-]*)
    echo 'init.sh: APP_DB_PASSWORD, BOT_DB_PASSWORD and TEMPORAL_DB_PASSWORD may hold only A-Z a-z 0-9 _ -; make them with: openssl rand -hex 24' >&2
    exit 1
    ;;
esac

# As script text on stdin, so that the passwords appear in no process list.
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres --quiet <<SQL
CREATE ROLE gigabridge LOGIN PASSWORD '${APP_DB_PASSWORD}';
-- What it may do the shop grants it after its migrations: it reads no panel's key and changes nothing of what is sold.
CREATE ROLE gigabridge_bot LOGIN PASSWORD '${BOT_DB_PASSWORD}';
CREATE ROLE temporal LOGIN PASSWORD '${TEMPORAL_DB_PASSWORD}';

CREATE DATABASE gigabridge OWNER gigabridge;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;

-- By default every user may connect to every database.
REVOKE ALL ON DATABASE gigabridge, temporal, temporal_visibility, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE gigabridge TO gigabridge_bot;
SQL

echo 'init.sh: users and databases of the shop and of Temporal are created'
