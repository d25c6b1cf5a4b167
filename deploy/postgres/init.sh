#!/usr/bin/env bash
# Creates the roles of roles.sql and sets their passwords from the environment. The PostgreSQL image runs it when it creates the cluster; it can
# be run again at any time, which also changes the passwords: docker compose exec postgres /docker-entrypoint-initdb.d/init.sh
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
run() { psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"; }

run --file "${ROLES_FILE:-$folder/roles.sql}"
set_password() { run --set role="$1" --set password="$2" <<<"alter role :\"role\" password :'password'"; }
set_password antiphon_auth "$POSTGRES_AUTH_PASSWORD"
set_password antiphon_responses "$POSTGRES_RESPONSES_PASSWORD"
set_password antiphon_worker "$POSTGRES_WORKER_PASSWORD"
set_password antiphon_mcp "$POSTGRES_MCP_PASSWORD"
for schema in auth responses mcp; do
  set_password "antiphon_${schema}_migrations" "$POSTGRES_MIGRATIONS_PASSWORD"
done
