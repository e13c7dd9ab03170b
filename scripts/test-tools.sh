#!/bin/sh
# Installs what the tests need beside npm's packages, where it is absent and Debian's packages can be had: curl, Chromium for the tests
# with a browser, slowhttptest and ip for those of slow clients, HAProxy, wrk and systemd-analyze for those of a fleet and of what is in
# deploy/. Elsewhere install them by hand; CHROMIUM_PATH names a browser that is not /usr/bin/chromium.
set -eu

missing=
command -v curl >/dev/null 2>&1 || missing="$missing curl"
command -v slowhttptest >/dev/null 2>&1 || missing="$missing slowhttptest"
command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
[ -x "${CHROMIUM_PATH:-/usr/bin/chromium}" ] || missing="$missing chromium"
command -v haproxy >/dev/null 2>&1 || [ -x /usr/sbin/haproxy ] || missing="$missing haproxy"
command -v wrk >/dev/null 2>&1 || missing="$missing wrk"
command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing from Debian's packages:$missing"
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
  echo "not installed, and the tests need it:$missing" >&2
fi
