# shellcheck shell=sh disable=SC1091,SC2154,SC2329
# Installs or renews the client. Can be run again at any time: what is complete is kept, and what an interruption left
# incomplete is made again. command.sh sources it, with its functions, `root`, `work` and the new files in `release`.
home="$root/opt/keyless"

check_machine() {
    # shellcheck disable=SC1091
    image=$(. "$root/etc/os-release" 2>/dev/null && echo "${ID:-} ${VERSION_ID:-}") || true
    case "$image" in
    "amzn 2023"*) ;;
    *) say "the image is '${image:-unknown}': the client is made for Amazon Linux 2023 and images made from it" ;;
    esac
    machine=$(uname -m)
    case "$machine" in
    x86_64 | aarch64) ;;
    *) stop 53 "the architecture is $machine, allowed are x86_64 and aarch64: no locked package fits, use another instance type" ;;
    esac
}

write_files() {
    mkdir -p "$home" "$root/etc/keyless" "$root/usr/local/bin"
    rm -rf "$home/new"
    cp -R "$release" "$home/new"
    rm "$home/new/install.sh"
    sed -i "s|@ROOT@|$root|g" "$home/new/environment"
    chmod 755 "$home/new/keyless"
    authorities="$root/etc/pki/tls/certs/ca-bundle.crt"
    if [ -e "$home/new/authority.pem" ] && [ -e "$authorities" ]; then cat "$authorities" >>"$home/new/authority.pem"; fi
    # From here on, the proxy, authority and index of the new release are used.
    release="$home/new"
    . "$home/new/load.sh"
}

configure_agent() {
    # Session Manager and updates need the agent, which reads neither the environment file nor a shell's variables.
    file="$root/etc/systemd/system/amazon-ssm-agent.service.d/keyless.conf"
    if [ -e "$home/new/authority.pem" ]; then cp "$home/new/authority.pem" "$root/etc/keyless/authority.pem"; fi
    variables='s/^\(https_proxy\|HTTPS_PROXY\|no_proxy\|NO_PROXY\|SSL_CERT_FILE\)=/Environment=&/p'
    wanted=$(sed -n "$variables" "$home/new/environment" | sed "s|/opt/keyless/current/|/etc/keyless/|" | tr -d "'")
    case "$wanted" in *https_proxy=* | *SSL_CERT_FILE=*) ;; *) [ -e "$file" ] || return 0 ;; esac
    wanted=$(printf '[Service]\n%s' "$wanted")
    if [ "$wanted" = "$(cat "$file" 2>/dev/null || true)" ]; then return 0; fi
    mkdir -p "${file%/*}"
    echo "$wanted" >"$file"
    # Later: this script may be a command of the agent's, which has yet to report the result.
    if ! { systemctl daemon-reload && systemd-run --quiet --on-active=60 systemctl restart amazon-ssm-agent; }; then
        say "$file has changed: restart amazon-ssm-agent"
    fi
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
    if find_python; then return 0; fi
    command -v dnf >/dev/null || stop 52 "Python 3.11 to 3.14 and dnf are missing: use Amazon Linux 2023, or an image with one of them"
    # The proxy's variables count for dnf (DNF Configuration Reference, proxy), the authority's do not.
    set -- --assumeyes --quiet
    if [ -n "${SSL_CERT_FILE:-}" ]; then set -- "$@" "--setopt=sslcacert=$SSL_CERT_FILE"; fi
    for version in 3.14 3.13 3.12 3.11; do
        if output=$(LC_ALL=C dnf install "$@" "python$version" 2>&1); then
            if find_python; then return 0; fi
        else
            echo "$output"
            case "$output" in
            *"Unable to find a match"* | *"No match for argument"*) ;; # an older image's repository has fewer of them
            *) return 1 ;;
            esac
        fi
    done
    stop 54 "Python is too old: got $(python3 --version 2>&1), and dnf has none of 3.11 to 3.14; use a newer image"
}

works() {
    # Complete, and its Python is still there.
    [ -e "$venv/.complete" ] && "$venv/bin/python" -c 'import google.auth.transport.requests, google.genai' 2>/dev/null
}

install_packages() {
    # --no-deps: the lock names them all. pip before 24 asks the index for the newest version of a package with an extra
    # and then refuses it, as its hash is not locked.
    set -- --no-deps --require-hashes --only-binary :all: --requirement "$home/new/requirements.txt"
    if [ -n "${PIP_INDEX_URL:-}" ]; then set -- "$@" --index-url "$PIP_INDEX_URL"; fi
    if [ -n "${REQUESTS_CA_BUNDLE:-}" ]; then set -- "$@" --cert "$REQUESTS_CA_BUNDLE"; fi
    if output=$("$venv/bin/python" -m pip --disable-pip-version-check --quiet install "$@" 2>&1); then return 0; fi
    echo "$output"
    case "$output" in
    *"DO NOT MATCH THE HASHES"*) stop 55 "the package index serves other files than the locked ones: look at the index" ;;
    esac
    return 1
}

make_environment() {
    # One folder for each set of requirements; a marker says that it is complete, on the disk.
    digest=$(cksum <"$home/new/requirements.txt" | tr -d ' ')
    venv="$home/venv-$digest-$python"
    if ! works; then
        rm -rf "$venv"
        "$python" -m venv "$venv"
        retry install_packages
        sync -f "$venv"
        touch "$venv/.complete"
    fi
}

make_release() {
    ln -s "$venv" "$home/new/venv"
    "$python" -m compileall -q "$home/new/client" # other users than root cannot, and would compile at every start
    # What does not start is not switched to.
    "$home/new/keyless" --version >/dev/null
    sync -f "$home/new"
}

check_identity() {
    # What works today must go on working. A first release is installed, since its doctor explains the fault.
    code=0
    "$home/new/keyless" --check aws-identity --repeat 3 --interval "$pause" || code=$?
    if [ "$code" = 0 ]; then return 0; fi
    if [ -e "$home/current/keyless" ]; then
        stop "$code" "the release of before is kept: the new one does not get the instance's AWS identity"
    fi
    warning="installed, but the client does not get the instance's AWS identity: run keyless"
}

place() {
    ln -sfn "$1" "$2.new"
    mv -T "$2.new" "$2"
}

in_use() {
    # A program that keyless-run started holds a lock on its release; others name it in their variables, or have a library
    # of it loaded. The name comes from standard input, or grep would find itself.
    # shellcheck disable=SC2062
    ! flock -n "$1" true || printf '%s\n' "$1" |
        grep -qsaF --file=- /proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/[0-9]*/maps
}

switch_over() {
    old=$(readlink "$home/current" || true)
    release="$home/release-$(date -u +%Y%m%d%H%M%S)-$$"
    mv "$home/new" "$release"
    # One rename switches everything: a client that starts meanwhile is the old one or the new one.
    place "$release" "$home/current"
    place "$home/current/environment" "$root/etc/keyless/environment"
    place "$home/current/keyless" "$root/usr/local/bin/keyless"
    place "$home/current/keyless" "$root/usr/local/bin/keyless-run"
    for folder in "$home"/release-*; do
        case "$folder" in "$release" | "$old") ;; *) in_use "$folder" || rm -rf "$folder" ;; esac
    done
    venvs=$(readlink "$home"/release-*/venv)
    for folder in "$home"/venv-*; do
        case "$venvs" in *"$folder"*) ;; *) in_use "$folder" || rm -rf "$folder" ;; esac
    done
}

install_release() {
    warning=
    check_machine
    write_files
    configure_agent
    retry install_python
    make_environment
    make_release
    check_identity
    switch_over
    say "client $(keyless --version)"
    keyless --check document
    if [ -n "$warning" ]; then say "$warning"; fi
}

install_release
