#!/bin/sh
# First boot: fetch the SSM document, which carries the client (user data is too small for it), and run its script.
set -u
umask 022
root=$(printenv KEYLESS_ROOT || true)
pause=$(printenv KEYLESS_PAUSE || echo 10)
tries=$(printenv KEYLESS_TRIES || echo 180)
mkdir -p "$root/var/log" "$root/run"
exec >>"$root/var/log/keyless-client.log" 2>&1
fetch() {
    aws ssm get-document --region '@REGION@' --name '@NAME@' --document-format JSON --query Content --output text >"$root/run/keyless.json" &&
        python3 -c 'import json, sys; print("\n".join(json.load(sys.stdin)["mainSteps"][0]["inputs"]["runCommand"]))' \
            <"$root/run/keyless.json" >"$root/run/keyless.sh"
}
n=1
until fetch; do
    if [ "$n" -ge "$tries" ]; then
        echo "gave up after $n attempts to fetch the document @NAME@"
        exit 1
    fi
    n=$((n + 1))
    sleep "$pause"
done
# It logs to the same file, and prints the end of it.
SSM_action=update KEYLESS_TRIES="$tries" sh "$root/run/keyless.sh" >/dev/null
