#!/bin/sh
# Makes the two logins that are not the owner: run once by the PostgreSQL image, when its data folder is still empty.
# The services' login owns nothing and bypasses nothing, so row-level security binds whoever steals it; migrations alone
# run as the owner. The object store keeps its metadata in a database of its own.
set -eu

psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set=service_password="$SERVICE_PASSWORD" --set=seaweedfs_password="$SEAWEEDFS_PASSWORD" <<'SQL'
CREATE ROLE billowatt_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE ROLE billowatt_service LOGIN PASSWORD :'service_password' IN ROLE billowatt_app;
CREATE ROLE seaweedfs LOGIN PASSWORD :'seaweedfs_password';
CREATE DATABASE seaweedfs OWNER seaweedfs;
REVOKE ALL ON DATABASE seaweedfs FROM PUBLIC;
REVOKE ALL ON DATABASE billowatt FROM PUBLIC;
GRANT CONNECT ON DATABASE billowatt TO billowatt_service;
SQL
