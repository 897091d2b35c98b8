#!/bin/sh
# keyless [OPTION...]: the client. keyless-run COMMAND [ARGUMENT...]: a program with the client's Python and environment.
# Works from Session Manager's bare shell, which loads no profile. All of it is of one release, even if a new one comes.
release=$(readlink -f "$0")
release=${release%/*}
# The lock lasts as long as the process: an update does not remove a release that is locked.
exec 8<"$release"
flock -s 8
# shellcheck disable=SC1091
. "$release/load.sh"
export PYTHONPATH="$release"
case "$0" in
*/keyless-run) ;;
*) exec "$release/venv/bin/python" -P -m client "$@" ;;
esac
if [ $# = 0 ]; then
    echo "usage: keyless-run COMMAND [ARGUMENT...]" >&2
    exit 2
fi
export PATH="$release/venv/bin:$PATH"
exec "$@"
