#!/bin/sh
# Fetch the source packages that carry vendors' libraries and unpack them under .clients/sources; nothing is built.
# usage: vendor-sources.sh PYTHON
set -eu
mkdir -p .clients/sources
grep -v '^#' tests/clients/requirements-ctp-sources.txt | while read -r name requirement; do
    [ -n "$name" ] || continue
    folder=".clients/sources/$name"
    if [ "$(cat "$folder/.installed" 2>/dev/null)" != "$requirement" ]; then
        echo "vendor-sources: $name"
        rm -rf "$folder"
        mkdir -p "$folder"
        PYTHONPATH="$PWD/scripts/unbuilt" "$1" -m pip download --quiet --disable-pip-version-check --no-deps \
            --no-build-isolation --no-binary "${requirement%%==*}" --dest "$folder" "$requirement"
        tar -xzf "$folder"/*.tar.gz -C "$folder" --strip-components 1
        rm "$folder"/*.tar.gz
        echo "$requirement" >"$folder/.installed"
    fi
done
