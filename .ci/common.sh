#!/usr/bin/env bash
# What the scripts of this folder share. Source it at the root of the tree: `source .ci/common.sh`.
export CI=true PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV

# copy <folder>: the tree as it is, without what git ignores.
copy() {
    mkdir -p "$1"
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files -z --cached --others --exclude-standard | xargs -0 sh -c 'for f; do [ -e "$f" ] && printf "%s\0" "$f"; done' sh \
            | tar --null -T - -cf - | tar -xf - -C "$1"
    else
        cp -R . "$1"
        find "$1/fasth2" -name '*.so' -delete
    fi
}

# interpreter <minor version>: the newest CPython of it, on PATH or among pyenv's (a shim that leads nowhere does not run).
interpreter() {
    local candidate
    for candidate in "python$1" python3 python $(ls -d "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python 2>/dev/null | sort -rV); do
        if "$candidate" -c "import sys, venv; sys.exit(sys.version_info[:2] != tuple(map(int, '$1'.split('.'))))" 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    return 1
}

# python_of <folder>: the interpreter of a virtual environment, on every system.
python_of() {
    if [[ -x $1/bin/python ]]; then printf '%s\n' "$1/bin/python"; else printf '%s\n' "$1/Scripts/python.exe"; fi
}

# environment <new folder> <python> [pip's arguments...]: a virtual environment with these packages; prints its interpreter.
environment() {
    local bin
    "$2" -m venv "$1" || return
    bin=$(python_of "$1")
    "$bin" -m pip install -q --upgrade "pip>=25.1" >&2 || return  # the first that knows --group
    (( $# == 2 )) || "$bin" -m pip install -q "${@:3}" >&2 || return
    printf '%s\n' "$bin"
}
