# What the service does, who may tell it, and what its sandbox keeps from it.
main_process() { property MainPID; }
process_line() { awk -v name="$1:" '$1 == name { print $2 }' "/proc/$(main_process)/status"; }
audited() { equal "$(store_sql "SELECT actor LIKE '%($1)' FROM audit WHERE act = 'job.pause' ORDER BY id DESC LIMIT 1")" t; }
limit() { awk -v name="$1" 'index($0, name) == 1 { print $(NF - 1) }' "/proc/$(main_process)/limits"; }

check "20,000 rows come from MariaDB into PostgreSQL" within 20 hrbridge sync own/work_order
check "the store has what the source has" same_content
check "root asks for the status" says "daemon  runs" hrbridge status

bundle_has() { # NAME TEXT
  rm -f /root/help.zip
  hrbridge support bundle --out /root/help.zip
  rm -rf /root/help
  unzip -q /root/help.zip -d /root/help && says "$2" cat "/root/help/$1"
}
check "root's support bundle has systemd's state" bundle_has systemd.json '"ActiveState": "active"'
check "and the journal" bundle_has journal.txt "hrbridge runs"
check "and is for him alone" equal "$(stat -c %a /root/help.zip)" 600
check "and has no password" refuses grep -rqE "$MES_PASSWORD|$STORE_PASSWORD" /root/help

useradd anna
useradd --groups hrbridge bela
check "who pauses a job is known by name" runuser -u bela -- hrbridge job pause sync/own/work_order
check "and stands in the audit" audited bela
check "who is not of the group is refused" refuses runuser -u anna -- hrbridge status
hrbridge job resume sync/own/work_order >/dev/null

check "system calls are filtered" equal "$(process_line Seccomp)" 2
check "it has no capability" equal "$(process_line CapEff)$(process_line CapBnd)" 00000000000000000000000000000000
check "it gains no privilege" equal "$(process_line NoNewPrivs)" 1
check "it leaves no core" equal "$(limit 'Max core')" 0
check "memory and tasks are limited" equal "$(property MemoryMax) $(property TasksMax)" "2147483648 256"
check "its folders are closed to others" equal "$(stat -c %a /var/lib/hrbridge /run/hrbridge /var/log/hrbridge | paste -sd' ')" "750 750 750"

before=$(main_process)
write_configuration 8480
check "a reload puts a change in force" systemctl reload hrbridge
check "and answers at the new address" ready 8480
check "in the same process" equal "$(main_process)" "$before"
write_configuration 8480 "retention: {audit_days: 1}"
check "a configuration with faults is refused" refuses systemctl reload hrbridge
check "and the journal says which" says "retention.audit_days" journalctl --unit hrbridge --no-pager --lines 20
write_configuration 3306
check "one that cannot be used is refused" refuses systemctl reload hrbridge
check "the old one stays in force" ready 8480
check "in the same process" equal "$(main_process)" "$before"
write_configuration
check "a good one is taken again" systemctl reload hrbridge
check "and answers" ready

# A command of root's own on the same store, whose process the service may not see.
roots_configuration() {
  mkdir -p -m 700 /root/site/own /root/site/rules
  cp /etc/hrbridge/mappings/own/work_order.map.yaml /root/site/own/
  cp /etc/hrbridge/credentials/* /root/site/
  printf '%s' "$MES_PASSWORD" >/root/site/mes_password
  chmod 600 /root/site/*_*
  sed -e 's/{credential: /{file: /; s|mappings/own|own|; s/rows_per_second: [0-9]*/rows_per_second: 4000/' \
    -e 's/^web:.*/control_socket: none.sock/' $CONFIG >/root/site/hrbridge.yaml
}
roots_configuration
hrbridge sync own/work_order --full --config /root/site/hrbridge.yaml >/root/site/said 2>&1 &
roots=$!
lease_of() { cat /root/site/said; [ -n "$(store_sql "SELECT holder FROM lease WHERE name LIKE '%own/work_order' AND holder LIKE '%/$1/%'")" ]; }
check "a command of root's holds the lease of a sync" within 20 lease_of "$roots"
check "the service does not take it away" refuses hrbridge sync own/work_order
check "and the command comes to its end" wait "$roots"
