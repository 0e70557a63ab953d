# The journal, and the way out.
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

check "the service logs to the journal" says "hrbridge runs" journalctl --unit hrbridge --no-pager --output cat
check "with what it is about in its text" bash -c "journalctl --unit hrbridge --no-pager --output cat | grep -q 'sync done mapping=own/work_order'"
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
