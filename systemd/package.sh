#!/usr/bin/env bash
# package.sh PROGRAM FOLDER [VERSION]: lays out the package's tree in FOLDER/source and makes FOLDER/*.deb of it.
# ./dev package builds the program and calls this. VERSION takes the place of the changelog's, to try an upgrade.
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8 TZ=UTC

program=$(realpath "$1")
repository=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
mkdir -p "$2"
folder=$(realpath "$2")
version=${3:-}
source=$folder/source
root=$source/root

# install_file SOURCE TARGET [MODE]
install_file() {
  install -D -m "${3:-644}" "$repository/$1" "$root/$2"
}

lay_out_units() {
  local unit=$source/debian
  sed -e 's|@OF@||; s|@CONFIG@|/etc/hrbridge|g; s|@NAME@|hrbridge|g' \
    "$repository/systemd/hrbridge.service.in" >"$unit/hrbridge.service"
  sed -e 's|@OF@| (%i)|; s|@CONFIG@|/etc/hrbridge/%i|g; s|@NAME@|hrbridge-%i|g' \
    "$repository/systemd/hrbridge.service.in" >"$unit/hrbridge@.service"
}

lay_out_configuration() {
  local file
  install_file systemd/hrbridge.yaml etc/hrbridge/hrbridge.yaml
  while IFS= read -r file; do
    install_file "$file" "etc/hrbridge/$file"
  done < <(cd "$repository" && find mappings -mindepth 2 -not -path 'mappings/engine/*' -not -path 'mappings/rules/*' \
    \( -name '*.map.yaml' -o -name '*.csv' \) | sort)
  for file in "$repository"/mappings/rules/*.yaml; do
    install_file "mappings/rules/${file##*/}" "etc/hrbridge/rules/${file##*/}"
  done
}

lay_out_monitoring() {
  local file
  while IFS= read -r file; do
    install_file "$file" "usr/share/hrbridge/${file#monitoring/}"
  done < <(cd "$repository" && find monitoring -path 'monitoring/prometheus/*' -name '*.yml' -o -path 'monitoring/grafana/*' \
    \( -name '*.json' -o -name '*.yml' -o -name '*.yaml' \) -not -path '*/node_modules/*' -not -name 'package*.json' \
    -not -name 'tsconfig*.json' | sort)
}

# The manuals name each other by their place in the repository, and so they are laid out in the package.
lay_out_documents() {
  local file
  for file in README.md {systemd,daemon,daemon/backup,monitoring,mappings,mappings/rules,migration}/README.md \
    connectors/{native,odbc,http,file,iclock,wecom}/README.md; do
    [ -f "$repository/$file" ] && install -D -m 644 "$repository/$file" "$source/doc/$file"
  done
  install -D -m 644 "$repository/mappings/migration.yaml" "$source/examples/migration.yaml"
  install -m 644 "$repository/CHANGELOG.md" "$source/CHANGELOG.md"
  mkdir -p "$source/man" "$root/usr/share/bash-completion/completions"
  /usr/bin/python3 "$repository/systemd/tools/manuals.py" "$program" "$repository" "$source/man"
  /usr/bin/python3 "$repository/systemd/tools/completion.py" "$program" >"$root/usr/share/bash-completion/completions/hrbridge"
}

# The system's headers that the program was compiled with, as ninja noted them; the tests' and tools' own are not in it.
list_headers() {
  local build
  build=$(dirname "$program")
  until [ -e "$build/build.ninja" ] || [ "$build" = / ]; do build=$(dirname "$build"); done
  ninja -C "$build" -t deps | awk '/^[^ ]/ { other = /^(tests|ninja)/ } !other && /^ +\/usr\// { print $1 }' | sort -u >"$source/headers"
  [ -s "$source/headers" ] || { echo "$build does not know with which headers $program was compiled." >&2; exit 1; }
}

rm -rf "$source"
rm -f "$folder"/hrbridge*.deb
mkdir -p "$source"
cp -r "$repository/systemd/debian" "$source/debian"
cp "$repository/systemd/hrbridge.sysusers" "$repository/systemd/hrbridge.tmpfiles" "$source/debian/"
built=$("$program" --version)
[ "${built#hrbridge }" = "$(cd "$source" && dpkg-parsechangelog -S Version | sed 's/-[^-]*$//')" ] ||
  { echo "The program is $built; systemd/debian/changelog needs an entry for it." >&2; exit 1; }
[ -n "$version" ] && sed -i "1s/(.*)/($version)/" "$source/debian/changelog"
install -D -m 755 "$program" "$root/usr/bin/hrbridge"
install_file systemd/hrbridge-as-service usr/sbin/hrbridge-as-service 755
lay_out_units
lay_out_configuration
lay_out_monitoring
lay_out_documents
list_headers
mkdir "$source/tools"
cp "$repository"/systemd/tools/sbom*.py "$source/tools/"
# No file is younger than the changelog's entry, and modes do not come from who checked out.
find "$source" -type d -exec chmod 755 {} +
find "$source/debian" -type f -not -name rules -exec chmod 644 {} +
SOURCE_DATE_EPOCH=$(cd "$source" && dpkg-parsechangelog -S Timestamp)
export SOURCE_DATE_EPOCH
(cd "$source" && dpkg-buildpackage --build=binary --no-sign --no-check-builddeps >"$folder/build.log" 2>&1) ||
  { tail -40 "$folder/build.log" >&2; exit 1; }
ls "$folder"/*.deb
