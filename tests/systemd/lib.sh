# How the checks are written: check NAME COMMAND…, one line each.
failed=0
passed=0
said=$(mktemp)
MES_PASSWORD=planted-secret-mes
STORE_PASSWORD=planted-secret-store

check() {
  local name=$1 began=$EPOCHREALTIME
  shift
  if "$@" >"$said" 2>&1; then
    passed=$((passed + 1))
    printf 'ok    %s (%.1f s)\n' "$name" "$(bc_seconds "$began")"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$name"
    sed 's/^/      /' "$said" | tail -25
  fi
}

bc_seconds() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'; }
refuses() { ! "$@"; }
says() { # TEXT COMMAND…: the command's output has the text
  local text=$1 heard
  shift
  heard=$("$@" 2>&1)  # whole, before anything looks: a command whose reader is gone would end
  printf '%s\n' "$heard"
  grep -qF -- "$text" <<<"$heard"
}
equal() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; return 1; }; }
within() { # SECONDS COMMAND…
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.3
  done
}
property() { systemctl show "${2:-hrbridge.service}" --property "$1" --value; }
is_active() { systemctl is-active --quiet "${1:-hrbridge.service}"; }
ready() { curl --silent --fail --max-time 3 "http://127.0.0.1:${1:-8470}/ready"; }
runs() { is_active && ready "${1:-8470}" >/dev/null; }
store_sql() { runuser -u postgres -- psql --no-align --tuples-only --dbname hr --command "$1"; }
source_rows() { mariadb --skip-column-names --execute "SELECT count(*) FROM mes.mes_work_order"; }
store_rows() { store_sql "SELECT count(*) FROM work_order"; }
as_service() { hrbridge-as-service "$@"; }

# Both sides by content, as text in the order of the key.
same_content() {
  local of_source of_store
  of_source=$(mariadb --skip-column-names --default-character-set=utf8mb4 --execute \
    "SELECT concat_ws('|', order_no, product, qty_ordered, due_date) FROM mes.mes_work_order ORDER BY order_no" | sha256sum)
  of_store=$(store_sql "SELECT concat_ws('|', order_no, product, qty_ordered, due_date) FROM work_order ORDER BY order_no" | sha256sum)
  equal "$(store_rows)" "$(source_rows)" && equal "$of_store" "$of_source"
}
more_orders() { # FROM TO
  mariadb --execute "INSERT INTO mes.mes_work_order SELECT concat('WO-', lpad(seq, 8, '0')), concat('齿轮箱 ', seq % 97),
    1 + seq % 500, '2026-10-01', utc_timestamp() - interval 5 minute + interval 8 hour FROM mes.seq_$1_to_$2"
}
