#!/bin/sh
# The command beside the service, as /usr/local/sbin/latchkey: with the settings of the service, as its user. For root.
set -eu
set -a
. /etc/latchkey/environment
NODE_ENV=production
LATCHKEY_DATA_DIR=/var/lib/latchkey
if [ -e /etc/latchkey/database-url ]; then DATABASE_URL=$(cat /etc/latchkey/database-url); fi
if [ -e /etc/latchkey/smtp-url ]; then LATCHKEY_SMTP_URL=$(cat /etc/latchkey/smtp-url); fi
set +a
exec setpriv --reuid=latchkey --regid=latchkey --clear-groups --no-new-privs \
  /usr/bin/node /opt/latchkey/dist/server/cli/main.js "$@"
