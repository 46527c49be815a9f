-- The login with which KEDA counts open jobs: it reads one table, across tenants, and can do nothing else.
-- Run once as the owner, after the first migration: psql --set=password='…' --file=scaler-login.sql
CREATE ROLE billowatt_scaler LOGIN PASSWORD :'password' CONNECTION LIMIT 5;
ALTER ROLE billowatt_scaler SET billowatt.tenant = '*';
ALTER ROLE billowatt_scaler SET default_transaction_read_only = on;
GRANT CONNECT ON DATABASE :"DBNAME" TO billowatt_scaler;
GRANT USAGE ON SCHEMA ingest, runtime TO billowatt_scaler;
GRANT SELECT (state, tenant_id) ON ingest.job TO billowatt_scaler;
