#!/bin/sh
# Everything that the govuk crate embeds: packages by lock file, styles and scripts, official templates.
# Does only what has changed, so that `make` may call it every time.
set -eu
cd "$(dirname "$0")"
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --no-audit --no-fund
    touch node_modules/.package-lock.json
fi
newest() { find "$@" -type f -newer dist/manifest.json 2>/dev/null | head -1; }
if [ ! -f dist/manifest.json ] || [ -n "$(newest src build.mjs package-lock.json)" ]; then
    npm run --silent build
fi
if [ ! -d dist/templates ] || [ templates.txt -nt dist/templates ]; then
    ./templates.sh
fi
