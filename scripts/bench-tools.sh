#!/bin/sh
# Installs the programs that the benchmarks need, if they are missing and this is Debian as root:
# wrk and ab generate load, nginx and Caddy are contenders, and a C compiler builds the floor and
# more loads. Programs that stay missing are named in the report, and their workloads left out.
set -eu

missing=
command -v wrk >/dev/null 2>&1 || missing="$missing wrk"
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
command -v caddy >/dev/null 2>&1 || missing="$missing caddy"
command -v ab >/dev/null 2>&1 || missing="$missing apache2-utils"
command -v taskset >/dev/null 2>&1 || missing="$missing util-linux"
command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing Debian packages:$missing"
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null ||
    echo "could not install, left out of the benchmarks:$missing" >&2
else
  echo "not installed, left out of the benchmarks:$missing" >&2
fi
