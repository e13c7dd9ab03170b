#!/bin/sh
# Installs the programs that the benchmarks use, if they are missing and Debian's packages are
# available: wrk generates the load, nginx is a peer, and a C compiler builds the lower bound and
# the load generator with a fixed rate. The report names the programs that are still missing, and
# omits their results.
set -eu

missing=
command -v wrk >/dev/null 2>&1 || missing="$missing wrk"
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
command -v taskset >/dev/null 2>&1 || missing="$missing util-linux"
command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing from Debian's packages:$missing"
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null ||
    echo "not installed, so omitted from the benchmarks:$missing" >&2
else
  echo "not installed, so omitted from the benchmarks:$missing" >&2
fi
