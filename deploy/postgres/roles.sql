-- Roles, passwords and rights, as they should be; run at each start, so that a changed secret is a
-- restart away. The owner migrates; the application may change rows, not tables; the backup may
-- copy and read.
\set ON_ERROR_STOP on
SET log_min_error_statement = 'panic'; -- No password gets into the log.
\getenv superuser_password SUPERUSER_PASSWORD
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
\getenv backup_password BACKUP_PASSWORD
\getenv monitor_password MONITOR_PASSWORD

SELECT 'CREATE ROLE ironpress_owner LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ironpress_owner') \gexec
SELECT 'CREATE ROLE ironpress_app LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ironpress_app') \gexec
SELECT 'CREATE ROLE ironpress_backup LOGIN REPLICATION CONNECTION LIMIT 6'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ironpress_backup') \gexec
SELECT 'CREATE ROLE ironpress_monitor LOGIN CONNECTION LIMIT 3'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ironpress_monitor') \gexec
ALTER ROLE postgres PASSWORD :'superuser_password';
ALTER ROLE ironpress_owner PASSWORD :'owner_password';
ALTER ROLE ironpress_owner SET lock_timeout = '5s';
ALTER ROLE ironpress_app PASSWORD :'app_password';
ALTER ROLE ironpress_app SET statement_timeout = '5s';
ALTER ROLE ironpress_app SET lock_timeout = '2s';
ALTER ROLE ironpress_app SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE ironpress_app SET timezone = 'UTC';
ALTER ROLE ironpress_app SET jit = off;
ALTER ROLE ironpress_backup PASSWORD :'backup_password';
ALTER ROLE ironpress_backup SET statement_timeout = '15min';
ALTER ROLE ironpress_backup SET default_transaction_read_only = on;
-- The exporter reads figures, no row of a table.
ALTER ROLE ironpress_monitor PASSWORD :'monitor_password';
ALTER ROLE ironpress_monitor SET statement_timeout = '5s';
GRANT pg_read_all_stats TO ironpress_monitor;

SELECT 'CREATE DATABASE ironpress OWNER ironpress_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'ironpress') \gexec
REVOKE ALL ON DATABASE ironpress, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE ironpress TO ironpress_app, ironpress_backup, ironpress_monitor;

\connect ironpress
SET log_min_error_statement = 'panic';
ALTER SCHEMA public OWNER TO ironpress_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO ironpress_app, ironpress_backup;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO ironpress_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE ironpress_owner IN SCHEMA public
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ironpress_app;
ALTER DEFAULT PRIVILEGES FOR ROLE ironpress_owner IN SCHEMA public
GRANT USAGE, SELECT ON SEQUENCES TO ironpress_app;
ALTER DEFAULT PRIVILEGES FOR ROLE ironpress_owner IN SCHEMA public
GRANT SELECT ON TABLES TO ironpress_backup;
