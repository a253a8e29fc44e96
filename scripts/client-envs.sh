#!/bin/sh
# Make an environment for each real client under .clients, and the GB18030 locale that the CTP wrappers cannot be
# imported without. What is there already stays. usage: client-envs.sh PYTHON [FILE...]
set -eu
python=$1
shift
[ $# -gt 0 ] || set -- tests/clients/requirements-ctp.txt tests/clients/requirements-crypto.txt
mkdir -p .clients
grep -hv '^#' "$@" | while read -r name requirement; do
    [ -n "$name" ] || continue
    if [ "$(cat ".clients/$name/.installed" 2>/dev/null)" != "$requirement" ]; then
        echo "client-envs: $name"
        "$python" -m venv --clear ".clients/$name"
        # shellcheck disable=SC2086  # a client may need several packages
        ".clients/$name/bin/python" -m pip install --quiet --no-deps --disable-pip-version-check $requirement
        echo "$requirement" >".clients/$name/.installed"
    fi
done
if [ ! -d .clients/locale/zh_CN.GB18030 ]; then
    mkdir -p .clients/locale
    # Without the system's locale data there may still be an installed zh_CN.GB18030; the tests say so when there is not.
    localedef -i zh_CN -f GB18030 .clients/locale/zh_CN.GB18030 ||
        echo "client-envs: no locale data here; on Debian and Ubuntu: apt install locales" >&2
fi
