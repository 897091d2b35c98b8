#!/bin/sh
# Installs or renews the client, or runs it (SSM_action=smoke). Run again at any time: what is there is kept, what an
# interruption left half done is done anew. KEYLESS_ROOT, KEYLESS_PAUSE and KEYLESS_TRIES are for tests.
set -eu
umask 022
root=$(printenv KEYLESS_ROOT || true)
pause=$(printenv KEYLESS_PAUSE || echo 10)
tries=$(printenv KEYLESS_TRIES || echo 180)
home="$root/opt/keyless"
PATH="$root/usr/local/bin:$PATH"
export PATH

smoke() {
    # The prompt is data: it comes as an environment variable (interpolationType ENV_VAR) and is quoted everywhere.
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
        if command -v "$python" >/dev/null && "$python" -c 'import ensurepip, venv' 2>/dev/null; then
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
    "$python" -c 'import base64, io, sys, tarfile
tarfile.open(fileobj=io.BytesIO(base64.b64decode(sys.stdin.read())), mode="r:gz").extractall(sys.argv[1])' "$home/new" <<'END_OF_CLIENT'
@CLIENT@
END_OF_CLIENT
}

make_environment() {
    # One folder for each set of requirements; a marker says that it is complete.
    digest=$(cksum <"$home/new/requirements.txt" | tr -d ' ')
    venv="$home/venv-$digest-$python"
    if [ ! -e "$venv/.complete" ]; then
        rm -rf "$venv"
        "$python" -m venv "$venv"
        retry "$venv/bin/python" -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary :all: \
            --requirement "$home/new/requirements.txt"
        touch "$venv/.complete"
    fi
}

switch_over() {
    ln -s "$venv" "$home/new/venv"
    "$python" -m compileall -q "$home/new/client" # others than root cannot, and would compile at every start
    cat >"$home/new/keyless" <<'END_OF_WRAPPER'
#!/bin/sh
# Works from Session Manager's bare shell, which loads no profile.
set -a
. "@ROOT@/etc/keyless/environment"
set +a
PYTHONPATH="@ROOT@/opt/keyless/current" exec "@ROOT@/opt/keyless/current/venv/bin/python" -P -m client "$@"
END_OF_WRAPPER
    sed -i "s|@ROOT@|$root|g" "$home/new/keyless" "$home/new/environment"
    chmod 755 "$home/new/keyless"
    chmod 644 "$home/new/credentials.json" "$home/new/environment"
    # Each rename is atomic: a client that starts meanwhile sees the old files or the new ones.
    old=$(readlink "$home/current" || true)
    release="$home/release-$(date -u +%Y%m%d%H%M%S)-$$"
    mv "$home/new" "$release"
    ln -s "$release" "$home/link"
    mv -T "$home/link" "$home/current"
    cp -p "$release/environment" "$root/etc/keyless/environment.new"
    mv "$root/etc/keyless/environment.new" "$root/etc/keyless/environment"
    cp -p "$release/keyless" "$root/usr/local/bin/keyless.new"
    mv "$root/usr/local/bin/keyless.new" "$root/usr/local/bin/keyless"
    keep=" $release $old $venv $(readlink "$old/venv" || true) " # a client that runs now goes on with the old ones
    for folder in "$home"/release-* "$home"/venv-*; do
        case "$keep" in *" $folder "*) ;; *) rm -rf "$folder" ;; esac
    done
}

update() {
    say "installing the client"
    retry install_python
    rm -rf "$home/link"
    write_files
    make_environment
    switch_over
    say "client $(keyless --version)"
    keyless --check document
}

if [ "$(printenv SSM_action || true)" = smoke ]; then smoke; fi
mkdir -p "$root/var/log" "$root/run"
log="$root/var/log/keyless-client.log"
exec 9>"$root/run/keyless.lock"
flock 9 # first boot and an update may come together
update >>"$log" 2>&1 & # not in the condition itself: there the shell ignores `set -e`
if wait $!; then
    tail -n 2 "$log"
else
    tail -n 20 "$log"
    exit 1
fi
