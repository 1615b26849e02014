# What the scripts share: the target folder, and installing what is missing.  Sourced, not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Outside the clone, so that a fresh clone finds what an earlier one built.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/luma/target}"
# Debug information of panics only; incremental state would double the cache.
export CARGO_INCREMENTAL="${CARGO_INCREMENTAL:-0}"

# Mesa's chooser among several GPUs asks Wayland, and complains where there is no session.
[ -n "${XDG_RUNTIME_DIR:-}" ] || export NODEVICE_SELECT=1

# Packages to build: a linker that takes seconds, sound, windows.
BUILD_PACKAGES=(build-essential pkg-config mold libasound2-dev libudev-dev libwayland-dev libxkbcommon-dev)
# Packages to show: software Vulkan for machines without a GPU, and what an X window loads at run time.
RUN_PACKAGES=(mesa-vulkan-drivers libvulkan1 libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0)

# Installs the Debian packages that are missing, after saying which.
need() {
    command -v dpkg-query >/dev/null || { echo "Not a Debian system: make sure that these are installed: $*"; return 0; }
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    echo "Installing Debian packages: ${missing[*]}"
    local root=()
    [ "$(id -u)" -eq 0 ] || root=(sudo)
    "${root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

need_rust() {
    [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
    command -v cargo >/dev/null || { echo "Rust is missing: install it from https://rustup.rs and run this again"; exit 1; }
}
