#!/bin/sh
# Run once by the image of PostgreSQL, for an empty volume. Our role owns its database and is no superuser: the policies
# that keep connections apart hold no superuser.
set -eu
psql --username postgres --set ON_ERROR_STOP=1 --set password="$(cat /run/secrets/database_password)" <<'SQL'
CREATE ROLE xero2zoho LOGIN PASSWORD :'password';
CREATE DATABASE xero2zoho OWNER xero2zoho;
SQL
