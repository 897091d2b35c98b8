#!/bin/sh
# Run Python with the packages of ENGINE: .venv has cdktf's, .venv-cdktn has those of its successor cdktn.
case "${ENGINE:-cdktf}" in
  cdktf) venv=.venv setup="make setup" ;;
  cdktn) venv=.venv-cdktn setup="make setup ENGINE=cdktn" ;;
  *) echo "ENGINE is '$ENGINE'; allowed: cdktf, cdktn" >&2; exit 2 ;;
esac
[ -x $venv/bin/python ] || { echo "the packages are not installed: run \`$setup\` in $PWD" >&2; exit 2; }
exec $venv/bin/python "$@"
