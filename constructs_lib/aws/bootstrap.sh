#!/bin/sh
# First boot: fetch the SSM document of the workload (user data is too small for the client), and run its script.
set -u
umask 022
root=$(printenv KEYLESS_ROOT || true)
pause=$(printenv KEYLESS_PAUSE || echo 10)
tries=$(printenv KEYLESS_TRIES || echo 180)
proxy='@PROXY@'
authority='@AUTHORITY@'
mkdir -p "$root/var/log" "$root/run"
exec >>"$root/var/log/keyless-client.log" 2>&1
stop() {
    echo "$2"
    exit "$1"
}
command -v aws >/dev/null || stop 50 "the aws command is missing: use an image that has it, as Amazon Linux 2023 does"
command -v python3 >/dev/null || stop 51 "python3 is missing: use an image that has it, as Amazon Linux 2023 does"
# Without the exceptions the role's keys would pass through a proxy that the image has set.
NO_PROXY="${NO_PROXY:+$NO_PROXY,}${no_proxy:+$no_proxy,}@NO_PROXY@"
no_proxy=$NO_PROXY
export NO_PROXY no_proxy
if [ -n "$proxy" ]; then export HTTPS_PROXY="$proxy" https_proxy="$proxy"; fi
case "$authority" in
*BEGIN*)
    export AWS_CA_BUNDLE="$root/run/keyless-authority.pem"
    echo "$authority" | cat - "$root/etc/pki/tls/certs/ca-bundle.crt" >"$AWS_CA_BUNDLE"
    ;;
?*) export AWS_CA_BUNDLE="$authority" ;;
esac
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
