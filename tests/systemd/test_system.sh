#!/usr/bin/env bash
# test_system.sh OLD_PACKAGE NEW_PACKAGE NEXT_PACKAGE FOLDER: the service in a booted Debian 12, one line a check. FOLDER keeps the
# Debian tree for the next time. ./dev test-system builds the packages and calls this, as root.
set -euo pipefail
old=$(realpath "$1") new=$(realpath "$2") next=$(realpath "$3")
mkdir -p "$4"
folder=$(realpath "$4")
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
repository=$(realpath "$here/../..")
SECONDS_AT_MOST=1500

# What apt would bring for the package, which has no network inside.
wanted() {
  printf '%s\n' systemd-sysv dbus iproute2 procps curl man-db unzip postgresql mariadb-server
  dpkg-deb --field "$new" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/ //g' | tr , '\n'
}

packages=$(wanted | sort -u | paste -sd ,)
tree=$folder/tree-$(printf '%s' "$packages" | sha256sum | cut -c1-12)
if [ ! -e "$tree/etc/debian_version" ]; then
  echo "Making a Debian 12 with its databases (some minutes, once)"
  rm -rf "$folder"/tree-*
  mmdebstrap --quiet --variant=minbase --include="$packages" bookworm "$tree.new" || { rm -rf "$tree.new"; exit 2; }
  mv "$tree.new" "$tree"
fi
rm -rf "$folder/test" "$folder/out"
mkdir -p "$folder/test" "$folder/out"
cp "$here"/inside.sh "$here"/lib.sh "$here"/checks_*.sh "$here/orders.sql" "$folder/test/"
cp "$old" "$folder/test/old.deb"
cp "$new" "$folder/test/new.deb"
cp "$next" "$folder/test/next.deb"
: >"$folder/out/report"
tail --follow "$folder/out/report" 2>/dev/null &
following=$!
code=0
"$here/boot.sh" "$tree" "$SECONDS_AT_MOST" --bind-ro="$folder/test:/test" --bind="$folder/out:/out" \
  --bind-ro="$here/system-test.service:/etc/systemd/system/system-test.service" \
  --bind-ro="$repository/mappings:/mappings" >"$folder/out/console" 2>&1 || code=$?
sleep 1
kill "$following"
[ "$code" -eq 0 ] || echo "The system test failed; the journal is in $folder/out/journal."
exit "$code"
