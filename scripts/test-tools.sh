#!/bin/sh
# Installs the programs that the tests need besides npm's packages, if they are missing and Debian's
# packages are available: curl, Chromium for the browser tests, slowhttptest and ip for the tests
# with slow clients, HAProxy, wrk and systemd-analyze for the tests of several servers and of
# deploy/, promtool for the metrics. Elsewhere install them by hand. CHROMIUM_PATH names a browser
# other than /usr/bin/chromium.
set -eu

missing=
command -v curl >/dev/null 2>&1 || missing="$missing curl"
command -v slowhttptest >/dev/null 2>&1 || missing="$missing slowhttptest"
command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
[ -x "${CHROMIUM_PATH:-/usr/bin/chromium}" ] || missing="$missing chromium"
command -v haproxy >/dev/null 2>&1 || [ -x /usr/sbin/haproxy ] || missing="$missing haproxy"
command -v wrk >/dev/null 2>&1 || missing="$missing wrk"
command -v promtool >/dev/null 2>&1 || missing="$missing prometheus"
command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing from Debian's packages:$missing"
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
  echo "not installed, but needed by the tests:$missing" >&2
fi
