#!/bin/sh
# Installs or renews the client (SSM_action=update), or runs it (SSM_action=smoke). Run again at any time: what is there
# is kept, what an interruption left half done is done anew. First boot sets KEYLESS_TRIES, and tests KEYLESS_ROOT too.
set -eu
umask 022
root=$(printenv KEYLESS_ROOT || true)
pause=$(printenv KEYLESS_PAUSE || echo 10)
tries=$(printenv KEYLESS_TRIES || echo 30)
home="$root/opt/keyless"
PATH="$root/usr/local/bin:$PATH"
export PATH

smoke() {
    # The prompt is data: it comes as an environment variable (interpolationType ENV_VAR) and is quoted everywhere.
    if ! command -v keyless >/dev/null; then
        echo "the client is not installed here: see /var/log/keyless-client.log, or make update" >&2
        exit 2
    fi
    set --
    if [ "$(printenv SSM_json || true)" = true ]; then set -- "$@" --json; fi
    if [ "$(printenv SSM_expectDenied || true)" = true ]; then set -- "$@" --expect-denied; fi
    # shellcheck disable=SC2154
    if [ -n "$(printenv SSM_prompt || true)" ]; then set -- "$@" "--prompt=$SSM_prompt"; fi
    exec keyless "$@"
}

say() {
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $*"
}

retry() {
    # The way out may come up after the instance: NAT gateway, route and endpoints take minutes.
    n=1
    until "$@"; do
        if [ "$n" -ge "$tries" ]; then
            say "gave up after $n attempts: $*"
            return 1
        fi
        say "attempt $n of $tries failed, again in $pause s: $*"
        n=$((n + 1))
        sleep "$pause"
    done
}

find_python() {
    for python in python3.14 python3.13 python3.12 python3.11; do
        if command -v "$python" >/dev/null && "$python" -c 'import bz2, ensurepip, venv' 2>/dev/null; then
            return 0
        fi
    done
    return 1
}

install_python() {
    find_python || { dnf install --assumeyes --quiet python3.11 && find_python; }
}

write_files() {
    mkdir -p "$home" "$root/etc/keyless" "$root/usr/local/bin"
    rm -rf "$home/new"
    mkdir "$home/new"
    cat >"$home/new/requirements.txt" <<'END_OF_REQUIREMENTS'
@REQUIREMENTS@
END_OF_REQUIREMENTS
    cat >"$home/new/credentials.json" <<'END_OF_DOCUMENT'
@DOCUMENT@
END_OF_DOCUMENT
    cat >"$home/new/environment" <<'END_OF_ENVIRONMENT'
@ENVIRONMENT@
END_OF_ENVIRONMENT
    # Decompressed as a whole first: tarfile alone does not read as far as the checksum.
    "$python" -c 'import base64, bz2, io, sys, tarfile
tar = tarfile.open(fileobj=io.BytesIO(bz2.decompress(base64.b64decode(sys.stdin.read()))))
tar.extraction_filter = getattr(tarfile, "data_filter", None)
tar.extractall(sys.argv[1])' "$home/new" <<'END_OF_CLIENT'
@CLIENT@
END_OF_CLIENT
}

works() {
    # Complete, and its Python is still there.
    [ -e "$venv/.complete" ] && "$venv/bin/python" -c 'import google.auth.transport.requests, google.genai' 2>/dev/null
}

make_environment() {
    # One folder for each set of requirements; a marker says that it is complete, on the disk.
    digest=$(cksum <"$home/new/requirements.txt" | tr -d ' ')
    venv="$home/venv-$digest-$python"
    if ! works; then
        rm -rf "$venv"
        "$python" -m venv "$venv"
        retry "$venv/bin/python" -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary :all: \
            --requirement "$home/new/requirements.txt"
        sync -f "$venv"
        touch "$venv/.complete"
    fi
}

make_release() {
    ln -s "$venv" "$home/new/venv"
    "$python" -m compileall -q "$home/new/client" # others than root cannot, and would compile at every start
    cat >"$home/new/keyless" <<'END_OF_WRAPPER'
#!/bin/sh
# Works from Session Manager's bare shell, which loads no profile. All of it is of one release, even if a new one comes.
release=$(cd -P "@ROOT@/opt/keyless/current" && pwd) || exit 2
set -a
. "$release/environment"
GOOGLE_APPLICATION_CREDENTIALS="$release/credentials.json"
set +a
PYTHONPATH="$release" exec "$release/venv/bin/python" -P -m client "$@"
END_OF_WRAPPER
    sed -i "s|@ROOT@|$root|g" "$home/new/keyless" "$home/new/environment"
    chmod 755 "$home/new/keyless"
    chmod 644 "$home/new/credentials.json" "$home/new/environment"
    # What does not start is not switched to.
    PYTHONPATH="$home/new" "$venv/bin/python" -P -m client --version >/dev/null
    sync -f "$home/new"
}

place() {
    ln -sfn "$1" "$2.new"
    mv -T "$2.new" "$2"
}

switch_over() {
    old=$(readlink "$home/current" || true)
    release="$home/release-$(date -u +%Y%m%d%H%M%S)-$$"
    mv "$home/new" "$release"
    # One rename switches everything: a client that starts meanwhile is the old one or the new one.
    place "$release" "$home/current"
    place "$home/current/environment" "$root/etc/keyless/environment"
    place "$home/current/keyless" "$root/usr/local/bin/keyless"
    keep=" $release $old $venv $(readlink "$old/venv" || true) " # a client that runs now goes on with the old ones
    for folder in "$home"/release-* "$home"/venv-*; do
        case "$keep" in *" $folder "*) ;; *) rm -rf "$folder" ;; esac
    done
}

update() {
    say "installing the client"
    retry install_python
    write_files
    make_environment
    make_release
    switch_over
    say "client $(keyless --version)"
    keyless --check document
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
update >>"$log" 2>&1 & # not in the condition itself: there the shell ignores `set -e`
if wait $!; then
    tail -n 2 "$log"
else
    tail -n 20 "$log"
    exit 1
fi
