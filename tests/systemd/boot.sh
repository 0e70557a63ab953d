#!/usr/bin/env bash
# boot.sh TREE SECONDS [nspawn option]…: boots a Debian tree with systemd as PID 1 in a network of its own; what is written
# goes to a layer that is thrown away. Ends with the exit code of the container.
set -euo pipefail
tree=$1 seconds=$2
shift 2

# A cgroup of its own, and inside a tree of version 2 alone, whatever the host mixes.
host=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$host" ] || { echo "This machine has no cgroup of version 2." >&2; exit 2; }
machine=hrbridge-test-$$
cgroup=$host/$machine
mkdir "$cgroup"
trap 'find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true' EXIT
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
timeout "$seconds" bash -c '
  echo $$ >"$0/cgroup.procs"
  exec unshare --mount --propagation private bash -c "
    umount --recursive --lazy /sys/fs/cgroup
    mount -t cgroup2 none /sys/fs/cgroup
    exec systemd-nspawn \"\$@\"" nspawn "$@"' "$cgroup" \
  --quiet --directory "$tree" --machine "$machine" --register=no --keep-unit --private-network --volatile=overlay "$@" \
  --boot systemd.wants=system-test.service </dev/null
