#!/usr/bin/env bash
# Makes the two backups by which tests/backup knows this version: one plain, one encrypted, of a record with three
# devices and a piece of evidence. Run once for each release: scripts/backup_fixture.sh NAME, e.g. 0.1.0.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
name=${1:?usage: scripts/backup_fixture.sh NAME}
place=$root/tests/fixtures/backups
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sonae() { "$root/run" "$@" --data "$folder/data" > /dev/null; }
sonae init --name みなと診療所 --kind clinic
sonae add device number=001 os='Windows 11'
sonae add device number=002 hostname=受付
sonae add device number=003
printf '議事録\n' > "$folder/議事録.txt"
sonae attach "$folder/議事録.txt" --to device:001
sonae backup --out "$place/$name.zip"
sonae backup --out "$place/$name.zip.age" --passphrase-file "$place/passphrase.txt"
