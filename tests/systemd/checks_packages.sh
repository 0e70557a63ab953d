# An instance, the upgrade, the journal, and the way out.
digest() { sha256sum $CONFIG /etc/hrbridge/credentials/* /etc/hrbridge/mappings/own/* | sha256sum; }
new_instance() {
  mkdir -p -m 755 /etc/hrbridge/plant2/mappings
  mkdir -m 700 /etc/hrbridge/plant2/credentials /etc/hrbridge/plant2/credentials.encrypted
  ln -s ../rules /etc/hrbridge/plant2/rules
  printf '%s\n' "store: {kind: sqlite, path: /var/lib/hrbridge-plant2/hr.db}" "control_socket: /run/hrbridge-plant2/control.sock" \
    "web: {port: 8471}" >/etc/hrbridge/plant2/hrbridge.yaml
}
nothing_left() {
  local left
  left=$(ls -d /etc/hrbridge /var/lib/hrbridge* /var/log/hrbridge* /run/hrbridge* /usr/bin/hrbridge /usr/share/hrbridge 2>/dev/null)
  [ -z "$left" ] && ! systemctl cat hrbridge 2>/dev/null || { echo "$left"; return 1; }
}
no_secret_in_journal() {
  local secret
  for secret in "$STORE_PASSWORD" "$MES_PASSWORD" "$SEAL_KEY"; do
    ! journalctl --no-pager --all --output=export | grep -aqF -- "$secret" || { echo "the journal has $secret"; return 1; }
  done
}

new_instance
check "an instance starts beside the service" systemctl start hrbridge@plant2
check "and answers" within 15 runs 8471
check "and takes commands of its own" says "daemon  runs" hrbridge status --config /etc/hrbridge/plant2/hrbridge.yaml
check "and has a store of its own" test -s /var/lib/hrbridge-plant2/hr.db

kept=$(digest)
before=$(property MainPID)
check "the new package installs over the old one" dpkg -i /test/new.deb
check "the service was restarted" within 20 another_process "$before"
check "and answers, as does the instance" bash -c "curl -sf --retry 20 --retry-all-errors --retry-delay 1 http://127.0.0.1:8470/ready http://127.0.0.1:8471/ready"
check "configuration, keys and mappings are as they were" equal "$(digest)" "$kept"
check "the data are as they were" same_content
check "it goes on where it was" settled

check "the service logs to the journal" says "hrbridge runs" journalctl --unit hrbridge --no-pager --output cat
check "with fields to search by" bash -c "journalctl HRBRIDGE_MAPPING=own/work_order --no-pager | grep -q ."
check "no secret is in the journal" no_secret_in_journal

check "the package is removed" dpkg --remove hrbridge
check "nothing runs any more" bash -c "! pgrep -x hrbridge"
check "configuration and keys are kept" equal "$(digest)" "$kept"
check "state is kept" test -s /var/lib/hrbridge-plant2/hr.db
check "installed again it starts as before" bash -c "dpkg -i /test/new.deb && systemctl start hrbridge"
check "and has the data" within 20 settled
check "the package is purged" dpkg --purge hrbridge
check "nothing of it is left" nothing_left
check "the PostgreSQL store is left alone" same_content
