#!/bin/sh
# Fetches the official component templates (a Python wheel, checked by its hash) and unpacks them
# into web/dist/templates, where the govuk crate embeds them. Nothing is installed into Python.
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}
wheel_folder=$(mktemp -d)
trap 'rm -rf "$wheel_folder"' EXIT
"$python" -m pip download --quiet --no-deps --only-binary=:all: --require-hashes \
    --requirement templates.txt --dest "$wheel_folder"
rm -rf dist/templates
mkdir -p dist/templates
"$python" - "$wheel_folder" <<'PY'
import pathlib, sys, zipfile

(wheel,) = pathlib.Path(sys.argv[1]).glob("*.whl")
root = pathlib.PurePosixPath("govuk_frontend_jinja/templates")
count = 0
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        path = pathlib.PurePosixPath(name)
        if path.suffix == ".html" and path.is_relative_to(root):
            target = pathlib.Path("dist/templates/govuk_frontend_jinja") / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))
            count += 1
print(f"templates: {count} files from {wheel.name} in web/dist/templates")
PY
