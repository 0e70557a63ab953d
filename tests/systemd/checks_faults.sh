# Stops, kills, hangs, and a store that is away.
starts() { property NRestarts; }
rows_grow_behind() { [ "$(store_rows)" -gt "$1" ]; }
long_sync() { # FROM TO: rows that come while a sync runs
  more_orders "$1" "$2"
  base=$(store_rows)
  hrbridge sync own/work_order --full >/dev/null 2>&1 &
  within 60 rows_grow_behind "$base"
}
another_process() { is_active && [ "$(property MainPID)" != "$1" ] && [ "$(property MainPID)" -gt 0 ]; }
stops_within() { # SECONDS
  local began=$SECONDS
  systemctl stop hrbridge
  echo "stopped after $((SECONDS - began)) s"
  [ $((SECONDS - began)) -le "$1" ]
}
settled() { hrbridge sync own/work_order && same_content; }
restarted_for() { journalctl --unit hrbridge --no-pager | grep -q "$1"; }

check "a sync of 400,000 rows is under way" long_sync 20001 420000
check "the service stops under load within 75 s" stops_within 75
check "and stopped cleanly" equal "$(property Result)" success
check "in the middle of the rows" bash -c "[ $(store_rows) -lt $(source_rows) ]"
check "it starts again" systemctl start hrbridge
within 15 runs
check "and brings the rest, each row once" settled

check "a sync of 400,000 more is under way" long_sync 420001 820000
before=$(property MainPID)
kill -9 "$before"
check "kill -9: another process runs by itself" within 30 another_process "$before"
within 15 runs
check "and brings the rest, each row once" settled

before=$(property MainPID)
began=$SECONDS
kill -STOP "$before"
check "a hang: the watchdog starts another" within 130 another_process "$before"
check "after 90 to 110 s" bash -c "[ $((SECONDS - began)) -ge 85 ] && [ $((SECONDS - began)) -le 110 ]"
check "and the journal says why" restarted_for "Watchdog timeout"
check "and it answers" within 15 runs

systemctl stop postgresql
systemctl kill --signal=KILL hrbridge
check "without its store it keeps trying" within 30 restarted_for "Scheduled restart job, restart counter is at 4"
systemctl start postgresql
check "and runs when the store is back" within 30 runs

write_configuration 8470 "nonsense: 1"
check "a wrong configuration ends the start" refuses systemctl restart hrbridge
sleep 7
check "and is not tried again and again" equal "$(property ActiveState) $(property NRestarts)" "failed 0"
write_configuration
check "the right one starts" systemctl restart hrbridge
check "and answers" within 15 runs
