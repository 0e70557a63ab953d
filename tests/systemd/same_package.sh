#!/usr/bin/env bash
# same_package.sh PROGRAM REPOSITORY: the package made twice of one program, in folders of other names and depths, by another clock, zone,
# language, umask and home, from files with other times, must be the same to the byte.
set -euo pipefail
export DEB_BUILD_OPTIONS=noautodbgsym  # nobody reads symbols of these; ./dev reproduce compares them too

program=$(realpath "$1")
repository=$(realpath "$2")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
elsewhere=$folder/a/much/longer/name
mkdir -p "$elsewhere"
tar --create --directory "$repository" --exclude=./build --exclude=./.git --exclude=node_modules . | tar --extract --directory "$elsewhere"
find "$elsewhere" -type f -exec touch --date=2001-02-03 {} +

umask 022
"$repository/systemd/package.sh" "$program" "$folder/one" >/dev/null
umask 077
# A clock that runs, 400 days later: behind the time of the changelog as any honest one.
env TZ=Asia/Kolkata LC_ALL=C LANG=zh_CN.UTF-8 HOME="$elsewhere" USER=somebody faketime -f +400d \
  "$elsewhere/systemd/package.sh" "$program" "$elsewhere/two" >/dev/null
one=$(echo "$folder"/one/hrbridge_*.deb)
two=$(echo "$elsewhere"/two/hrbridge_*.deb)
sha256sum "$one" "$two" | cut -d' ' -f1
cmp "$one" "$two" && exit
# What differs, for who has to mend it.
for package in "$one" "$two"; do
  dpkg-deb --contents "$package" >"$package.list"
  dpkg-deb --raw-extract "$package" "$package.tree"
done
diff "$one.list" "$two.list" || true
diff --recursive --brief "$one.tree" "$two.tree" || true
echo "The packages differ." >&2
exit 1
