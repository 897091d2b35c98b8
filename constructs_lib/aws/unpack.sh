#!/bin/sh
# Unpacks a release of the client and runs its install.sh (SSM_action=update or smoke). Tests set KEYLESS_ROOT.
set -eu
umask 022
root=$(printenv KEYLESS_ROOT || true)
if ! command -v python3 >/dev/null; then
    echo "python3 is missing, which unpacks the client: use an image that has it, as Amazon Linux 2023 does" >&2
    exit 51
fi
work="$root/run/keyless.$$"
trap 'rm -rf "$work"' EXIT
rm -rf "$work"
mkdir -p "$work"
cat >"$work/credentials.json" <<'END_OF_DOCUMENT'
@DOCUMENT@
END_OF_DOCUMENT
cat >"$work/environment" <<'END_OF_ENVIRONMENT'
@ENVIRONMENT@
END_OF_ENVIRONMENT
# constructs_lib/aws/packing.py says what this undoes.
python3 -c 'import base64, bz2, os, sys
data = bz2.decompress(base64.a85decode(sys.stdin.read().translate({118: 34, 119: 92})))
parts = iter(data.split(b"\0"))
for name, content in zip(parts, parts):
    path = os.path.join(sys.argv[1], name.decode())
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)' "$work" <<'END_OF_CLIENT'
@CLIENT@
END_OF_CLIENT
# shellcheck disable=SC1091
. "$work/install.sh"
