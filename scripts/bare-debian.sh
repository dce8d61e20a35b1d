#!/usr/bin/env bash
# Shows that ./run and ./test work on a bare Debian 12: makes one with debootstrap, copies a clean clone into it
# and calls both there. Usage, as root: scripts/bare-debian.sh [TEST ARGUMENTS] (default: quick). Needs the packages
# debootstrap and git. The mirror is the one this machine's apt uses; SONAE_MIRROR names another. SONAE_KEEP=1
# keeps the folder.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
[ "$(id -u)" = 0 ] || { echo "needs root" >&2; exit 2; }
mirror=${SONAE_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)}
bare=$(mktemp -d "${TMPDIR:-/var/tmp}/bare-debian.XXXXXX")

clean_up() {
    if mountpoint -q "$bare/proc"; then umount -l "$bare/proc"; fi
    [ -n "${SONAE_KEEP:-}" ] || rm -rf --one-file-system "$bare"
}
trap clean_up EXIT

debootstrap --variant=minbase bookworm "$bare" "$mirror" >"$bare.log" 2>&1 ||
    { tail "$bare.log" >&2; exit 1; }
rm -f "$bare.log"
# Updates come from where this machine takes them; so does the way to the mirror (proxies).
cp /etc/apt/sources.list "$bare/etc/apt/" 2>/dev/null || true
cp -r /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/trusted.gpg.d "$bare/etc/apt/" 2>/dev/null || true
cp /etc/resolv.conf /etc/hosts "$bare/etc/" 2>/dev/null || true
[ -z "${SSL_CERT_FILE:-}" ] || install -D "$SSL_CERT_FILE" "$bare$SSL_CERT_FILE"
mount -t proc proc "$bare/proc"
git clone -q "$root" "$bare/opt/sonae 備え"

mapfile -t proxies < <(env | grep -iE '^(https?|no)_proxy=' || true)
inside() {
    chroot "$bare" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "${proxies[@]}" "$@"
}

echo "== ./run, the first time"
time inside "/opt/sonae 備え/run"
echo "== ./run, the second time"
time inside "/opt/sonae 備え/run" --help
echo "== ./test ${*:-quick}"
time inside "/opt/sonae 備え/test" "${@:-quick}"
