# An instance, upgrades without and with another schema, and the way back.
digest() { sha256sum $CONFIG /etc/hrbridge/credentials/* /etc/hrbridge/mappings/own/* | sha256sum; }
INSTANCE=/etc/hrbridge/plant2/hrbridge.yaml
instance_configuration() { # [MORE OF THE STORE]
  printf '%s\n' "store: {kind: sqlite, path: /var/lib/hrbridge-plant2/hr.db${1:-}}" \
    "control_socket: /run/hrbridge-plant2/control.sock" "web: {port: 8471}" >$INSTANCE
}
new_instance() {
  mkdir -p -m 755 /etc/hrbridge/plant2/mappings
  mkdir -m 700 /etc/hrbridge/plant2/credentials /etc/hrbridge/plant2/credentials.encrypted
  ln -s ../rules /etc/hrbridge/plant2/rules
  instance_configuration
}
instance_runs() { is_active hrbridge@plant2 && ready 8471; }
both_run() { runs && instance_runs; }
schema() { store_sql "SELECT max(version) FROM schema_version"; }
backups() { find "${1:-/var/lib/hrbridge}/backup" -maxdepth 1 -name 'hrbridge-*' 2>/dev/null | sort; }
newest_backup() { backups "$@" | tail -1; }
said_by_manifest() { sed -n "s/.*\"$2\": *\"\{0,1\}\([a-z0-9]*\).*/\1/p" "$1/manifest.json"; }
manifest_of() { echo "$(said_by_manifest "$1" reason) $(said_by_manifest "$1" schema)"; }
first_again() { # PACKAGE: a version before, over services that are stopped
  systemctl stop hrbridge hrbridge@plant2 && dpkg -i "$1"
}

new_instance
check "an instance starts beside the service" systemctl start hrbridge@plant2
check "and answers" within 15 instance_runs
check "and takes commands of its own" says "daemon  runs" hrbridge status --config $INSTANCE
check "and has a store of its own" test -s /var/lib/hrbridge-plant2/hr.db

kept=$(digest)
before=$(property MainPID)
check "the new package installs over the old one" dpkg -i /test/new.deb
check "the service was restarted" within 20 another_process "$before"
check "and answers, as does the instance" within 20 both_run
check "configuration, keys and mappings are as they were" equal "$(digest)" "$kept"
check "the data are as they were" same_content
check "the schema is the same, so there is no backup" equal "$(backups)" ""
check "it goes on where it was" settled

# The release after this one has another schema. The instance leaves its upgrade to a person.
instance_configuration ", upgrade: manual"
check "an instance's store is to be upgraded by hand" systemctl reload hrbridge@plant2
before=$(schema)
runuser -u hrbridge -- touch /var/lib/hrbridge/backup
check "a package with another schema installs where no backup can be made" says "the store of hrbridge.service was not upgraded" \
  dpkg -i /test/next.deb
check "and did not touch the store" equal "$(schema)" "$before"
check "the service waits" refuses ready
check "and the journal says for what" says "hrbridge store upgrade" journalctl --unit hrbridge --no-pager --lines 20
rm /var/lib/hrbridge/backup
check "it installs where one can be made" dpkg -i /test/next.deb
check "and made one before the upgrade" equal "$(manifest_of "$(newest_backup)")" "upgrade $before"
check "then upgraded the store" equal "$(schema)" 9000
check "the service runs on it" within 20 runs
check "the data are as they were" same_content
check "configuration, keys and mappings are as they were" equal "$(digest)" "$kept"

check "the instance's store was left alone" equal "$(backups /var/lib/hrbridge-plant2)" ""
check "and it waits" refuses ready 8471
check "until a person upgrades it" as_service --instance plant2 store upgrade
check "behind a backup" equal "$(manifest_of "$(newest_backup /var/lib/hrbridge-plant2)")" "upgrade $before"
check "then it runs by itself" within 20 instance_runs

more_orders 820001 821000
check "rows come after the upgrade" settled
check "the version before installs again" first_again /test/new.deb
check "but does not run on the upgraded store" refuses systemctl start hrbridge
systemctl stop hrbridge
check "it restores the backup" as_service store restore "$(newest_backup)" --replace
check "and the instance's" as_service --instance plant2 store restore "$(newest_backup /var/lib/hrbridge-plant2)" --replace
check "the schema is the one before" equal "$(schema)" "$before"
check "both start" systemctl start hrbridge hrbridge@plant2
check "and answer" within 20 both_run
check "what came after the backup comes again" settled

# A folder for backups outside of the sandbox, as systemd/README.md has it.
backups_elsewhere() {
  install -d -o hrbridge -g hrbridge -m 700 /srv/backup/hrbridge
  mkdir -p /etc/systemd/system/hrbridge.service.d
  printf '[Service]\nReadWritePaths=/srv/backup/hrbridge\n' >/etc/systemd/system/hrbridge.service.d/backup.conf
  write_configuration 8470 "backup: {folder: /srv/backup/hrbridge}"
  systemctl daemon-reload && systemctl restart hrbridge
}
backup_metric() { curl -s http://127.0.0.1:8470/metrics | grep "^hrbridge_backup_last_success_timestamp_seconds $1"; }
check "backups get a folder of their own" backups_elsewhere
check "the service runs" within 20 runs
check "its metrics say that there is none" backup_metric 0
check "it makes one while it runs" hrbridge store backup
check "and its metrics say when" backup_metric 1
rm -r /etc/systemd/system/hrbridge.service.d
write_configuration
systemctl daemon-reload
systemctl restart hrbridge
