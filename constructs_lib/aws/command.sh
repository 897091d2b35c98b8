#!/bin/sh
# shellcheck disable=SC2043,SC2329
# The command of a workload's document. SSM_action=update fetches the release from the environment's documents and installs
# it; smoke runs the client that is installed. Tests set KEYLESS_ROOT.
set -eu
umask 022
root=$(printenv KEYLESS_ROOT || true)
pause=$(printenv KEYLESS_PAUSE || echo 10)
tries=$(printenv KEYLESS_TRIES || echo 30)
work="$root/run/keyless.$$"
release="$work/new"
PATH="$root/usr/local/bin:$PATH"
export PATH

smoke() {
    # The prompt is data: it comes as an environment variable (interpolationType ENV_VAR) and is quoted everywhere.
    if ! command -v keyless >/dev/null; then
        echo "the client is not installed here: see /var/log/keyless-client.log, or make update" >&2
        exit 2
    fi
    set --
    if [ "$(printenv SSM_json || true)" = true ]; then
        set -- --json
    else
        echo "client $(keyless --version)"
    fi
    if [ "$(printenv SSM_expectDenied || true)" = true ]; then set -- "$@" --expect-denied; fi
    if [ "$(printenv SSM_noEgress || true)" = true ]; then set -- "$@" --no-egress; fi
    # shellcheck disable=SC2154
    if [ -n "$(printenv SSM_prompt || true)" ]; then set -- "$@" "--prompt=$SSM_prompt"; fi
    exec keyless "$@"
}

say() {
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $*"
}

stop() {
    # A fault that no further attempt can heal. Exit codes: docs/runbooks/on-call.md.
    say "$2"
    exit "$1"
}

retry() {
    # The way out may come up after the instance: NAT gateway, route and endpoints take minutes. Returns the last code.
    n=1
    until "$@"; do
        code=$?
        if [ "$n" -ge "$tries" ]; then
            say "gave up after $n attempts: $*"
            return "$code"
        fi
        say "attempt $n of $tries failed, again in $pause s: $*"
        n=$((n + 1))
        sleep "$pause"
    done
}

unpack() {
    # Text of the SHA-256 "$1" becomes files. constructs_lib/aws/packing.py says what this undoes.
    python3 -c 'import base64, bz2, hashlib, os, sys
text = "".join(sys.stdin.read().split())
if hashlib.sha256(text.encode()).hexdigest() != sys.argv[2]:
    print("the packed files are damaged, or of another release", file=sys.stderr)
    sys.exit(56)
parts = iter(bz2.decompress(base64.a85decode(text.translate({118: 34, 119: 92}))).split(b"\0"))
for name, content in zip(parts, parts):
    path = os.path.join(sys.argv[1], name.decode())
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)' "$release" "$1"
}

fetch_documents() (
    # With the instance's role, proxy and authority, whatever the agent's environment and the image's files name.
    # shellcheck disable=SC1091
    . "$release/load.sh"
    if [ -e "$release/authority.pem" ]; then
        SSL_CERT_FILE="$work/authorities.pem"
        cat "$release/authority.pem" >"$SSL_CERT_FILE"
        cat "$root/etc/pki/tls/certs/ca-bundle.crt" >>"$SSL_CERT_FILE" 2>/dev/null || true
    fi
    if [ -n "${SSL_CERT_FILE:-}" ]; then export AWS_CA_BUNDLE="$SSL_CERT_FILE"; fi
    export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
    for document in @NAMES@; do
        aws ssm get-document --region '@REGION@' --name "$document" --document-format JSON --query Content --output text \
            >"$work/document.json" || exit 1
        python3 -c 'import json, sys
lines = json.load(sys.stdin)["mainSteps"][0]["inputs"]["runCommand"]
print(*(line[1:] for line in lines if line.startswith("#")), sep="\n")' <"$work/document.json" || exit 1
    done >"$work/release.txt"
)

fetch_release() {
    fetch_documents && unpack '@DIGEST@' <"$work/release.txt"
}

update() {
    say "installing the client"
    command -v aws >/dev/null || stop 50 "the aws command is missing: use an image that has it, as Amazon Linux 2023 does"
    command -v python3 >/dev/null || stop 51 "python3 is missing: use an image that has it, as Amazon Linux 2023 does"
    mkdir -p "$release"
    cat >"$release/credentials.json" <<'END_OF_DOCUMENT'
@DOCUMENT@
END_OF_DOCUMENT
    cat >"$release/environment" <<'END_OF_ENVIRONMENT'
@ENVIRONMENT@
END_OF_ENVIRONMENT
    unpack '@OWN_DIGEST@' <<'END_OF_FILES'
@FILES@
END_OF_FILES
    retry fetch_release || {
        code=$?
        if [ "$code" = 56 ]; then
            stop 56 "nothing is installed: @NAMES@ hold another release than this command; wait for the deploy to end, then make update"
        fi
        exit "$code"
    }
    # shellcheck disable=SC1091
    . "$release/install.sh"
}

case "$(printenv SSM_action || true)" in
smoke) smoke ;;
update) ;;
*)
    # An older agent sets no variables: to update where a smoke test was asked for would look like a passed one.
    echo "SSM_action is neither update nor smoke: SSM Agent 3.3.2746.0 or newer is needed (AWS-UpdateSSMAgent)" >&2
    exit 2
    ;;
esac
mkdir -p "$root/var/log" "$root/run"
log="$root/var/log/keyless-client.log"
exec 9>"$root/run/keyless.lock"
if ! flock -n 9; then # first boot and an update may come together
    say "another run is under way, waiting for it: $log" >&2
    flock -w 1800 9 || { say "it did not end within 1800 s" >&2 && exit 1; }
fi
trap 'rm -rf "$work"' EXIT
rm -rf "$work"
update >>"$log" 2>&1 & # not in the condition itself: there the shell ignores `set -e`
code=0
wait $! || code=$?
if [ "$code" = 0 ]; then tail -n 3 "$log"; else tail -n 20 "$log"; fi
exit "$code"
