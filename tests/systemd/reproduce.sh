#!/usr/bin/env bash
# reproduce.sh FOLDER: builds and packages the committed tree twice below FOLDER, in other places, zones, languages and with another
# umask, each from nothing and without ccache, and compares the packages, symbols included. Takes two whole builds.
set -euo pipefail

repository=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
mkdir -p "$1"
folder=$(realpath "$1")
rm -rf "$folder/one" "$folder/two"

# make PLACE: the packages of a copy in it
make() {
  mkdir -p "$1"
  git -C "$repository" archive HEAD | tar --extract --directory "$1"
  cd "$1"
  cmake --preset release -DHRBRIDGE_TESTS=OFF -DCCACHE= >cmake.log
  cmake --build build/release --target hrbridge -j "${JOBS:-$(nproc)}" >build.log
  systemd/package.sh build/release/daemon/app/hrbridge build/package
}
export CCACHE_DISABLE=1
(umask 022 && make "$folder/one")
(umask 077 && export TZ=Asia/Kolkata LC_ALL=C HOME=$folder && make "$folder/two/of/another/length")
cd "$folder"
code=0
for package in one/build/package/*.deb; do
  cmp "$package" "two/of/another/length/build/package/${package##*/}" && sha256sum "$package" || code=1
done
exit "$code"
