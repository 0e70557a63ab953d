#!/bin/bash
# The whole test, inside the booted container; its output is the report.
cd /test
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
. ./lib.sh
for checks in install work faults upgrade packages; do
  # shellcheck source=/dev/null
  . "./checks_$checks.sh"
done
journalctl --no-pager >/out/journal
echo "$passed checks passed, $failed failed"
exit $((failed > 0))
