# From the package to the first start, by the steps of systemd/README.md.
CONFIG=/etc/hrbridge/hrbridge.yaml

exposure() { # UNIT: at most 1.2
  systemd-analyze security --threshold=12 --no-pager "$1"
}
verified() {
  local found
  found=$(systemd-analyze verify "$@" 2>&1)
  [ -z "$found" ] || { echo "$found"; return 1; }
}
write_configuration() { # [MORE]
  cat >$CONFIG <<YAML
store:
  kind: postgres
  connection: host=127.0.0.1 dbname=hr user=hrbridge
  password: {credential: store_password}
seal_keys: {credential: seal_keys}
mappings: [mappings/own]
sources:
  mes:
    kind: mariadb
    socket: /run/mysqld/mysqld.sock
    database: mes
    user: reader
    password: {credential: mes_password}
    guard: {sessions: 2, rows_per_second: 40000}
web: {port: ${1:-8470}}
${2:-}
YAML
}
prepare_databases() {
  mariadb --default-character-set=utf8mb4 <orders.sql
  echo "CREATE ROLE hrbridge LOGIN PASSWORD '$STORE_PASSWORD'" | runuser -u postgres -- psql --quiet
  runuser -u postgres -- createdb --owner hrbridge --encoding UTF8 --template template0 hr
}
keep_secrets() {
  (umask 077 && printf '%s' "$STORE_PASSWORD" >/etc/hrbridge/credentials/store_password)
  systemd-creds setup &&
    printf '%s' "$MES_PASSWORD" | systemd-creds encrypt --with-key=host --name=encrypted_mes_password - \
      /etc/hrbridge/credentials.encrypted/mes_password
}
own_mapping() {
  sed 's|^map: mes/|map: own/|' /etc/hrbridge/mappings/mes/work_order.map.yaml >/etc/hrbridge/mappings/own/work_order.map.yaml
}

from_a_closed_folder() ( # of which its user may enter the last part alone
  mkdir -p /root/open && chmod 755 /root/open && cd /root/open &&
    says "relative paths count from /" as_service check && as_service check
)

databases_answer() { mariadb --execute "SELECT 1" && runuser -u postgres -- psql --command "SELECT 1"; } >/dev/null 2>&1

check "the databases answer" within 60 databases_answer
check "and have a source and an empty store" prepare_databases
check "the package of the version before installs" dpkg -i /test/old.deb
check "nothing runs before it is configured" refuses is_active
check "it has a user of its own" id hrbridge
check "there is a seal key that root alone reads" equal "$(stat -c '%a %U' /etc/hrbridge/credentials/seal_keys)" "600 root"
check "the configuration as shipped has no faults" as_service check
check "also from a folder that its user may not enter" from_a_closed_folder
check "systemd-analyze verify finds nothing" verified hrbridge.service hrbridge@plant2.service
check "the exposure of the service is at most 1.2" exposure hrbridge.service
check "the exposure of an instance is at most 1.2" exposure hrbridge@plant2.service

check "the service starts as shipped" systemctl start hrbridge
check "and answers" within 10 runs
check "and stops" systemctl stop hrbridge

SEAL_KEY=$(cut -d: -f2 /etc/hrbridge/credentials/seal_keys)
check "secrets are kept, one of them encrypted" keep_secrets
own_mapping
write_configuration
check "check --all reaches source and store" as_service check --all
check "the service is enabled and starts" systemctl enable --now hrbridge
check "and answers" within 15 runs
check "its status text says what it does" says "waiting for the next job" property StatusText
